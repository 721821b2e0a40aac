// The page's words: hostile names of devices, and the same texts in every language.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closePage, examine, launch, openPage } from './browser.mjs';
import { names, newUser } from './devices.mjs';
import { startStack } from './stack.mjs';

let stack;
let browser;
before(async () => {
  stack = await startStack();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

test('says of a session whose cookie goes with the browser that it may end sooner', async () => {
  const own = await stack.mint(newUser(), { persistent: false, ttl_seconds: 3 * 86_400 });
  const page = await openPage(browser, stack, { token: own.token });
  await page.locator('.times').getByText('Ends when the browser closes, in 3 days').waitFor();
  await page.locator('summary').click();
  await page.locator('dd').getByText(', or when the browser closes').waitFor();
  await closePage(page);
});

test('a hostile User-Agent is text and nothing else, and no wider than the page', async () => {
  const user = newUser();
  const own = await stack.mint(user, { user_agent: '</script><img src=x onerror=alert(1)>"\'&<b>bold' });
  await stack.mint(user, { user_agent: `x/1 (${'W'.repeat(500)})` });
  await stack.mint(user, { user_agent: 'M'.repeat(512) });
  const page = await openPage(browser, stack, { token: own.token });
  await page.locator('.device').first().waitFor();
  assert.equal(await page.locator('.device img, .device b, .device script').count(), 0);
  assert.ok((await names(page))[0].includes('<img src=x'));
  await examine(page, 'hostile');
  await closePage(page);
});

test('has every text in every language', async () => {
  const page = await openPage(browser, stack);
  const files = await page.evaluate(async () => {
    const { languages } = await import('/settings/sessions/texts.js');
    const { english } = await import('/settings/sessions/english.js');
    const read = async (name) => [name, await (await fetch(`/settings/sessions/texts.${name}.json`)).json()];
    return { en: english, ...Object.fromEntries(await Promise.all(languages.filter((name) => name !== 'en').map(read))) };
  });
  const { en, ...others } = files;
  assert.ok(Object.keys(en).length > 100);
  // What a text fills in, and a number's forms for each plural of the language.
  const asked = (text) => [...(text.other ?? text).matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
  for (const [name, texts] of Object.entries(others)) {
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(en).sort(), name);
    const plurals = new Intl.PluralRules(name).resolvedOptions().pluralCategories.sort();
    for (const [key, text] of Object.entries(texts)) {
      if (key === 'methods') continue;
      assert.deepEqual(asked(text), asked(en[key]), `${name} ${key}`);
      if (en[key].other) assert.ok(plurals.filter((form) => form !== 'many' || name === 'ar').every((form) => text[form]), `${name} ${key}`);
      else assert.ok(text.trim() !== '', `${name} ${key}`);
    }
  }
  const placed = await page.evaluate(() => [...document.querySelectorAll('[data-text]')].map((node) => node.dataset.text));
  for (const key of placed) assert.equal(typeof en[key], 'string', key);
  await closePage(page);
});
