// The page's words: names of devices, and the same texts in every language.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closePage, examine, launch, openPage } from './browser.mjs';
import { firefoxOnLinux, names, newUser } from './devices.mjs';
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

// User-Agent, name and icon.
const agents = [
  [firefoxOnLinux, 'Firefox on Linux', 'computer'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0', 'Microsoft Edge on Windows', 'computer'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15', 'Safari on macOS', 'computer'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1', 'Safari on iOS', 'phone'],
  ['Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1', 'Safari on iOS', 'tablet'],
  ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36', 'Chrome on Android', 'phone'],
  ['Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36', 'Samsung Internet for Android on Android', 'phone'],
  ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36', 'Chrome on Chrome OS', 'computer'],
  ['path-cli/0.8 (macOS)', 'path CLI 0.8 on macOS', 'computer'],
  ['path-cli/0.8.1', 'path CLI 0.8', 'computer'],
  ['curl/8.5.0', 'curl 8.5', 'computer'],
  ['Something we never heard of', 'Something we never heard of', 'computer'],
  [null, 'Unknown device', 'computer'],
  ['', 'Unknown device', 'computer'],
  [' \u200b\u202e ', 'Unknown device', 'computer'],
  ['evil/1.0 (\u202egnp.exe\u0000\n\u2066x)', 'evil 1.0 on gnp.exe x', 'computer'],
  ['😀'.repeat(128), `${'😀'.repeat(59)}…`, 'computer'],
];

test('names devices as people know them, and what it cannot read without harm', async () => {
  const page = await openPage(browser, stack);
  const described = await page.evaluate(async (strings) => {
    const { describeDevice } = await import('/settings/sessions/device.js');
    return strings.map((userAgent) => describeDevice({ kind: 'web', user_agent: userAgent }));
  }, agents.map(([userAgent]) => userAgent));
  assert.deepEqual(described, agents.map(([, name, icon]) => ({ name, icon })));
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
