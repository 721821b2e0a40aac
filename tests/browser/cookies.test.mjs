// The session cookie as a site may have it, in a real browser: shared by the hosts of a domain, or on plain http.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { answer, signedOut } from './devices.mjs';
import { startStack } from './stack.mjs';

let shared;
let secure;
let insecure;
let browser;
before(async () => {
  shared = await startStack({ SESSIOND_COOKIE_NAME: '__Secure-session', SESSIOND_COOKIE_DOMAIN: 'site.localhost' });
  secure = await startStack({ SESSIOND_COOKIE_NAME: 'session' });
  insecure = await startStack({ SESSIOND_COOKIE_NAME: 'session', SESSIOND_INSECURE_COOKIE: 'true' });
  browser = await launch('--host-resolver-rules=MAP plain.test 127.0.0.1');
});
after(async () => {
  await browser?.close();
  for (const stack of [shared, secure, insecure]) await stack?.stop();
});

// The settings page as a host of the stack has it. Chromium takes Secure cookies from *.localhost without TLS.
async function open(context, stack, host) {
  const page = await context.newPage();
  await page.goto(`http://${host}:${new URL(stack.url).port}/settings/sessions/`);
  return page;
}

async function signIn(page) {
  await page.getByLabel('Username').fill('alice');
  const answered = page.waitForResponse('**/api/v1/auth/sessions');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  return (await answered).status();
}

const name = (page) => page.getByText('Signed in as alice');

test('one sign-in is for all hosts of its domain, and so is signing out', async () => {
  const context = await browser.newContext({ locale: 'en-GB' });
  const app = await open(context, shared, 'app.site.localhost');
  await signIn(app);
  await name(app).waitFor();
  const admin = await open(context, shared, 'admin.site.localhost');
  await name(admin).waitFor();
  await signedOut(await open(context, shared, 'other.localhost')).waitFor();

  await admin.getByRole('button', { name: 'Sign out on this device' }).click();
  await answer(admin, 'Sign out');
  await signedOut(admin).waitFor();
  assert.deepEqual(await context.cookies(), []);
  await app.reload();
  await signedOut(app).waitFor();
  await context.close();
});

test('on plain http a sign-in works with an insecure cookie only', async () => {
  const context = await browser.newContext({ locale: 'en-GB' });
  const refused = await open(context, secure, 'plain.test');
  assert.equal(await signIn(refused), 401);
  const taken = await open(context, insecure, 'plain.test');
  assert.equal(await signIn(taken), 200);
  await name(taken).waitFor();
  assert.deepEqual((await context.cookies()).map(({ name, secure, sameSite }) => [name, secure, sameSite]), [['session', false, 'Lax']]);
  await taken.getByRole('button', { name: 'Sign out on this device' }).click();
  await answer(taken, 'Sign out');
  await signedOut(taken).waitFor();
  assert.deepEqual(await context.cookies(), []);
  await context.close();
});
