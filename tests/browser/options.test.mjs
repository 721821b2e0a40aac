// The page where the worker is set otherwise: codes that live for seconds, no dev login.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closePage, examine, launch, openPage } from './browser.mjs';
import { startStack } from './stack.mjs';

let stack;
let browser;
before(async () => {
  stack = await startStack({ SESSIOND_GRANT_LIFETIME: '2s', SESSIOND_DEV_LOGIN: 'false' });
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
  await page.locator('#code').waitFor();
  const first = await page.locator('#code').innerText();
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
