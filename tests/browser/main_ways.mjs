// The main ways through the page, and through signing in, in the browser that $BROWSER names, against the real stack.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closePage, examine, launch, openPage } from './browser.mjs';
import { answer, device, names, said, shownCode, signedOut, threeDevices } from './devices.mjs';
import { freePort, startStack } from './stack.mjs';

let stack;
let browser;
before(async () => {
  const port = await freePort();
  stack = await startStack({ LOGIN: 'python', SESSIOND_DEVICE_LOGIN: `http://localhost:${port}/device` }, port);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

test('shows all devices, and fits a small screen', async () => {
  const { user, own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByText(`Signed in as ${user}`).waitFor();
  assert.deepEqual(await names(page), ['Chrome on Windows', 'Firefox on Linux', 'path CLI 0.8 on macOS']);
  await examine(page, process.env.BROWSER);
  await closePage(page);
});

test('signs a device out by keyboard alone, and this one last', async () => {
  const { own, other } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  const button = page.getByRole('button', { name: 'Sign out Firefox on Linux', exact: true });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Sign out Firefox on Linux?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Sign out Firefox on Linux');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await said(page).getByText('Firefox on Linux is signed out.').waitFor();
  assert.equal((await stack.call(other.token, 'GET', '/api/v1/auth/sessions')).status, 401);
  await press(page, 'Sign out on this device');
  await answer(page, 'Sign out');
  await signedOut(page).waitFor();
  assert.equal((await stack.call(own.token, 'GET', '/api/v1/auth/sessions')).status, 401);
  await closePage(page);
});

test('gives a device a name, and tells its details', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByRole('button', { name: 'Rename Firefox on Linux', exact: true }).click();
  await page.getByLabel('Name of this device').fill('Büro');
  await page.keyboard.press('Enter');
  await device(page, 'Büro').getByText('Firefox on Linux').waitFor();
  await page.locator('summary').and(page.getByLabel('Details of Büro')).click();
  await device(page, 'Büro').getByText('Gecko/20100101').waitFor();
  await closePage(page);
});

test('connects a CLI that takes a code, and one that shows one', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await press(page, 'Get a code');
  const code = await shownCode(page);
  assert.equal((await stack.call(null, 'POST', '/api/v1/auth/cli/redeem', { code })).status, 200);
  const begun = await fetch(`${stack.url}/oauth/device_authorization`, { method: 'POST', body: new URLSearchParams({ client_id: 'path-cli' }) });
  await page.goto((await begun.json()).verification_uri_complete);
  await press(page, 'Continue');
  await page.getByRole('heading', { name: 'Did you start this?' }).waitFor();
  await press(page, 'Connect it');
  await said(page).getByText('path-cli is signed in as soon as it asks again, within seconds.').waitFor();
  await closePage(page);
});

test('signs in by password where a page asks for it, and comes back to that page', async () => {
  const password = /as alice with the password (\S+):/.exec(stack.printed())?.[1];
  const page = await openPage(browser, stack, { path: '/app/?x=1&y=%C3%A9' });
  await page.waitForURL('**/login?rd=*');
  await page.getByLabel('Name').fill('alice');
  await page.getByLabel('Password').fill(password);
  await press(page, 'Sign in');
  await page.getByText('user=login:alice').waitFor();
  assert.equal(page.url(), `${stack.url}/app/?x=1&y=%C3%A9`);
  page.faults = page.faults.filter((fault) => !fault.includes('/favicon.ico')); // which Firefox asks for by itself
  await closePage(page);
});
