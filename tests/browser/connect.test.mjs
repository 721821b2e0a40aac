// Connecting a device that shows a code (RFC 8628), in a real browser, against the real stack.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { carry, closePage, examine, launch, openPage } from './browser.mjs';
import { answer, names, newUser, said, signedOut } from './devices.mjs';
import { freePort, startStack } from './stack.mjs';

let stack;
let browser;
before(async () => {
  const port = await freePort();
  stack = await startStack({ SESSIOND_LOGIN_URL: '', SESSIOND_DEVICE_LOGIN: `http://localhost:${port}/device` }, port);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const form = async (path, fields, headers = {}) => {
  const response = await fetch(stack.url + path, { method: 'POST', body: new URLSearchParams(fields), headers });
  return { status: response.status, body: await response.json() };
};
const begin = async (client_id = 'path-cli', userAgent = 'path-cli/0.8.1 (macOS; arm64)') =>
  (await form('/oauth/device_authorization', { client_id }, { 'User-Agent': userAgent })).body;
const poll = ({ device_code }, client_id = 'path-cli') =>
  form('/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id, device_code }, { 'User-Agent': 'path-cli/0.8.1 (macOS)' });

const field = (page) => page.getByLabel('The code that the device shows');
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const asked = (page) => page.getByRole('heading', { name: 'Did you start this?' });

test('connects a device whose code is typed, after showing what it is and warning', async () => {
  const own = await stack.mint(newUser());
  const codes = await begin();
  const page = await openPage(browser, stack, { token: own.token, path: '/device' });
  await field(page).waitFor();
  await page.waitForFunction(() => document.activeElement.id === 'user-code');
  await examine(page, 'connect');
  await field(page).fill(codes.user_code.toLowerCase().replace('-', ' '));
  await page.keyboard.press('Enter');
  await asked(page).waitFor();
  assert.equal(await page.locator('#connect-code').innerText(), codes.user_code);
  const facts = await page.locator('#connect-facts').innerText();
  for (const fact of ['path-cli (nobody has checked this)', 'path CLI 0.8 on macOS']) assert.ok(facts.includes(fact), facts);
  assert.match(facts, /now|ago/);
  await page.getByText('Say yes only if you have just started this yourself').waitFor();
  await examine(page, 'connect-ask');
  assert.equal((await poll(codes)).body.error, 'authorization_pending', 'nothing is approved by looking');

  await press(page, 'Connect it');
  await said(page).getByText('path-cli is signed in as soon as it asks again, within seconds.').waitFor();
  assert.equal(await field(page).inputValue(), '');
  await closePage(page);
});

test('the device that was connected signs in, and stands in the list', async () => {
  const own = await stack.mint(newUser());
  const codes = await begin();
  const page = await openPage(browser, stack, { token: own.token, path: '/settings/sessions/?connect' });
  await field(page).fill(codes.user_code);
  await press(page, 'Continue');
  await press(page, 'Connect it');
  await said(page).getByText('is signed in as soon as').waitFor();
  const { body } = await poll(codes);
  assert.match(body.access_token, /^pat_/);
  await page.reload();
  await page.getByText('path CLI 0.8 on macOS').waitFor();
  assert.equal((await names(page)).length, 2);
  await closePage(page);
});

test('a link brings the code and approves nothing by itself', async () => {
  const own = await stack.mint(newUser());
  const codes = await begin();
  const asks = [];
  const page = await openPage(browser, stack, {
    token: own.token, path: codes.verification_uri_complete.slice(stack.url.length),
    before: (opened) => opened.on('request', (request) => asks.push(`${request.method()} ${request.url()}`)),
  });
  await page.getByText('You are not signed in anywhere else.').waitFor();
  assert.equal(await field(page).inputValue(), codes.user_code);
  assert.equal(page.url(), `${stack.url}/settings/sessions/?connect`, 'the code is not left in the address');
  assert.deepEqual(asks.filter((each) => each.includes('/devices/') || each.includes(codes.user_code)), [], 'and no server was told it');
  assert.equal((await poll(codes)).body.error, 'authorization_pending');
  await press(page, 'Continue');
  await asked(page).waitFor();
  await press(page, 'Cancel');
  assert.equal(await page.locator('#connect-facts').textContent(), '');
  await closePage(page);
});

test('a link that is followed while another device is asked about asks anew', async () => {
  const own = await stack.mint(newUser());
  const [first, second] = [await begin('first'), await begin('second')];
  const page = await openPage(browser, stack, { token: own.token, path: `/settings/sessions/#user_code=${first.user_code}` });
  await press(page, 'Continue');
  await asked(page).waitFor();
  await page.evaluate((code) => { location.hash = `user_code=${code}`; }, second.user_code);
  await page.waitForFunction((code) => document.querySelector('#user-code').value === code, second.user_code);
  assert.equal(await asked(page).isVisible(), false);
  await closePage(page);
});

test('refuses a device, for good', async () => {
  const own = await stack.mint(newUser());
  const codes = await begin();
  const page = await openPage(browser, stack, { token: own.token, path: `/settings/sessions/#user_code=${codes.user_code}` });
  await press(page, 'Continue');
  await press(page, 'No, refuse it');
  await said(page).getByText('path-cli is refused.').waitFor();
  assert.equal((await poll(codes)).body.error, 'access_denied');
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await closePage(page);
});

test('says when no device waits with a code, or not any more', async () => {
  const own = await stack.mint(newUser());
  const codes = await begin();
  const page = await openPage(browser, stack, { token: own.token, path: '/settings/sessions/?connect' });
  for (const wrong of ['ABCD-EFGH', 'ABC']) {
    await field(page).fill(wrong);
    await press(page, 'Continue');
    await said(page).getByText('No device waits with this code').waitFor();
    await page.reload();
  }
  await field(page).fill(codes.user_code);
  await press(page, 'Continue');
  await asked(page).waitFor();
  await stack.call(own.token, 'POST', '/api/v1/auth/devices/deny', { code: codes.user_code });
  await press(page, 'Connect it');
  await said(page).getByText('No device waits with this code').waitFor();
  assert.equal((await poll(codes)).body.error, 'access_denied');
  await closePage(page);
});

test('what a device calls itself is text and nothing else, and no wider than the page', async () => {
  const own = await stack.mint(newUser());
  const codes = await begin(`<img src=x onerror=alert(1)>${'W'.repeat(36)}`, '</dd><b>bold');
  const page = await openPage(browser, stack, { token: own.token, path: `/settings/sessions/#user_code=${codes.user_code}` });
  await press(page, 'Continue');
  await asked(page).waitFor();
  assert.equal(await page.locator('#connect img, #connect b').count(), 0);
  assert.ok((await page.locator('#connect-facts').innerText()).includes('<img src=x'));
  await examine(page, 'connect-hostile');
  await closePage(page);
});

test('a code outlives signing in, and what it was about does not outlive signing out', async () => {
  const codes = await begin();
  const page = await openPage(browser, stack, { path: `/settings/sessions/#user_code=${codes.user_code}` });
  await signedOut(page).waitFor();
  const own = await stack.mint(newUser());
  await carry(page.context(), stack, own.token);
  await press(page, 'I have signed in');
  await field(page).waitFor();
  assert.equal(await field(page).inputValue(), codes.user_code);
  await page.waitForFunction(() => document.activeElement.id === 'user-code');
  await press(page, 'Continue');
  await asked(page).waitFor();
  await press(page, 'Sign out on this device');
  await answer(page, 'Sign out');
  await signedOut(page).waitFor();
  assert.ok(!(await page.content()).includes('path-cli'));
  await closePage(page);
});

test('what was asked for before somebody signed out is not shown after', async () => {
  const own = await stack.mint(newUser());
  const codes = await begin('held-cli');
  const page = await openPage(browser, stack, { token: own.token, path: `/settings/sessions/#user_code=${codes.user_code}` });
  await page.waitForLoadState('networkidle'); // one whose routes change while it loads can lose a request
  let answerNow;
  await page.route('**/devices/find', async (route) => {
    const response = await route.fetch();
    await new Promise((resolve) => { answerNow = resolve; });
    await route.fulfill({ response });
  });
  const asking = page.waitForRequest('**/devices/find');
  await press(page, 'Continue');
  await asking;
  await press(page, 'Sign out on this device');
  await answer(page, 'Sign out');
  await signedOut(page).waitFor();
  const told = page.waitForResponse('**/devices/find');
  while (!answerNow) await page.evaluate(() => fetch('/healthz').then((response) => response.text()));
  answerNow();
  await told;
  await page.evaluate(() => fetch('/healthz').then((response) => response.text()));
  assert.ok(!(await page.content()).includes('held-cli'));
  await closePage(page);
});

test('a page that nobody came to for this does not show it, and asks nothing more', async () => {
  const own = await stack.mint(newUser());
  const asks = [];
  const page = await openPage(browser, stack, { token: own.token, before: (opened) => opened.on('request', (request) => asks.push(request.url())) });
  await page.getByText('You are not signed in anywhere else.').waitFor();
  assert.equal(await field(page).isVisible(), false);
  assert.deepEqual(asks.filter((each) => each.includes('/devices/')), []);
  await closePage(page);
});
