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
  const own = await stack.mint(newUser(), { persistent: false });
  const page = await openPage(browser, stack, { token: own.token });
  await page.locator('.times').getByText('until the browser closes, at the latest in 30 days').waitFor();
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
  const shapes = await page.evaluate(async () => {
    const { languages } = await import('/settings/sessions/texts.js');
    return Object.values(languages).map((texts) => Object.entries(texts)
      .map(([key, text]) => `${key} ${typeof text === 'function' ? text.length : text.trim() !== ''}`).sort());
  });
  assert.ok(shapes.length >= 2 && shapes[0].length > 40);
  for (const shape of shapes) assert.deepEqual(shape, shapes[0]);
  const asked = await page.evaluate(() => [...document.querySelectorAll('[data-text]')].map((node) => node.dataset.text));
  for (const key of asked) assert.ok(shapes[0].some((s) => s.startsWith(`${key} `)), key);
  await closePage(page);
});
