// What the page says to a device that was signed out from elsewhere, where events are kept.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closePage, examine, launch, openPage } from './browser.mjs';
import { comeBack, firefoxOnLinux, newUser, signedOut, threeDevices } from './devices.mjs';
import { startStack } from './stack.mjs';

let stack;
let browser;
before(async () => {
  stack = await startStack({ SESSIOND_EVENTS_KEPT: '1h', SESSIOND_MAX_WEB_SESSIONS: '2' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

// Resolves to what stands below the heading once the device has noticed.
async function seenBy(page) {
  await comeBack(page);
  await signedOut(page).waitFor();
  await page.locator('#ended').waitFor();
  return page.locator('#ended').innerText();
}

test('says from which device, and when', async () => {
  const { own, other } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: other.token });
  await page.getByText('This device', { exact: true }).waitFor();
  await stack.call(own.token, 'DELETE', `/api/v1/auth/sessions/${other.id}`);
  assert.match(await seenBy(page), /^Signed out from Chrome on Windows on \d+ \w+ \d{4} at \d\d:\d\d\.$/);
  const { ended_at: at } = (await stack.call(other.token, 'GET', '/api/v1/auth/ended')).body;
  assert.equal(await page.locator('#ended time').getAttribute('datetime'), at);
  await examine(page, 'signed-out-from-elsewhere');
  await closePage(page);
});

test('says so by the name that a person has given it, also to who comes later and in German', async () => {
  const { own, other } = await threeDevices(stack);
  await stack.call(own.token, 'PATCH', `/api/v1/auth/sessions/${own.id}`, { name: 'Büro' });
  await stack.call(own.token, 'DELETE', '/api/v1/auth/sessions');
  const page = await openPage(browser, stack, { token: other.token, locale: 'de' });
  await page.getByText(/^Abgemeldet am .* von Büro aus\.$/).waitFor();
  await closePage(page);
});

test('says so of operators, and of too many devices', async () => {
  const user = newUser();
  const own = await stack.mint(user, { user_agent: firefoxOnLinux });
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByText('This device', { exact: true }).waitFor();
  assert.equal((await stack.operate('DELETE', `/internal/v1/users/${encodeURIComponent(user)}/sessions`)).status, 200);
  assert.match(await seenBy(page), /^Signed out by the operators of this site on /);
  await closePage(page);

  const { own: first, user: many } = await threeDevices(stack);
  const another = await openPage(browser, stack, { token: first.token });
  await another.getByText('This device', { exact: true }).waitFor();
  await stack.mint(many);
  assert.match(await seenBy(another), /^Signed out on .*, because you signed in on more devices than this site allows\.$/);
  await closePage(another);
});

test('says nothing to who was not signed in, and signs in anew as ever', async () => {
  const page = await openPage(browser, stack);
  const asked = page.waitForResponse('**/api/v1/auth/ended');
  await signedOut(page).waitFor();
  assert.equal((await asked).status(), 401);
  assert.equal(await page.locator('#ended').isVisible(), false);
  await page.getByLabel('Username').fill('somebody');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Signed in as somebody').waitFor();
  await closePage(page);
});
