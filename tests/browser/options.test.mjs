// The page where the worker is set otherwise: codes that live for seconds, no dev login, a place to sign in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closePage, examine, launch, openPage } from './browser.mjs';
import { answer, shownCode } from './devices.mjs';
import { startStack } from './stack.mjs';

let stack;
let browser;
before(async () => {
  stack = await startStack({ SESSIOND_GRANT_LIFETIME: '2s', SESSIOND_DEV_LOGIN: 'false', SESSIOND_LOGIN_URL: '/login?from=gate' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

test('shows a new code when one expires', async () => {
  const own = await stack.mint('patient', { user_agent: 'curl/8.5.0' });
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByRole('button', { name: 'Get a code' }).click();
  const first = await shownCode(page);
  await page.waitForFunction((old) => {
    const shown = document.querySelector('#code').textContent;
    return shown !== '' && shown !== old;
  }, first);
  await page.getByText('The code expired. Here is a new one.').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Get a code' }).waitFor();
  assert.equal(await page.locator('#code').textContent(), '');
  await closePage(page);
});

test('signed out, it has no dev login to offer where there is none', async () => {
  const page = await openPage(browser, stack);
  const probed = page.waitForResponse('**/api/v1/auth/dev-login');
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  assert.equal((await probed).status(), 404);
  await page.getByRole('button', { name: 'I have signed in' }).waitFor();
  assert.equal(await page.getByLabel('Username').isVisible(), false);
  await examine(page, 'signed-out-without-dev-login');
  await closePage(page);
});

const there = '/login?from=gate&rd=%2Fsettings%2Fsessions%2F';

test('signed out, it links to where people sign in and come back from', async () => {
  const page = await openPage(browser, stack);
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`${stack.url}${there}`);
  await closePage(page);
});

test('who came to connect a device comes back for that, and the code stays here', async () => {
  const page = await openPage(browser, stack, { path: '/settings/sessions/#user_code=ABCD-EFGH' });
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`${stack.url}${there}%3Fconnect`);
  await closePage(page);
});

test('signed out by its own button, it links there, too, and says so in German', async () => {
  const own = await stack.mint('leaving');
  const page = await openPage(browser, stack, { token: own.token, locale: 'de-DE' });
  await page.getByRole('button', { name: 'Auf diesem Gerät abmelden' }).click();
  await answer(page, 'Abmelden');
  const link = page.getByRole('link', { name: 'Anmelden', exact: true });
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), there);
  await closePage(page);
});

test('a login service of another site is told the whole address', async () => {
  const page = await openPage(browser, stack, {
    before: (opened) => opened.route('**/api/v1/u/me', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), 'x-session-login': 'https://login.example.org/?rd=' } });
    }),
  });
  const link = page.getByRole('link', { name: 'Sign in', exact: true });
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), `https://login.example.org/?rd=${encodeURIComponent(`${stack.url}/settings/sessions/`)}`);
  await closePage(page);
});
