// The settings page, in a real browser, against the real stack.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closePage, examine, launch, openPage } from './browser.mjs';
import { answer, comeBack, device, firefoxOnLinux, names, newUser, nothingSaid, said, shownCode, signedOut, threeDevices } from './devices.mjs';
import { startStack } from './stack.mjs';

let stack;
let browser;
before(async () => {
  stack = await startStack({ SESSIOND_LOGIN_URL: '' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

test('shows this device first and marked, then the newest first of browsers and of programs, by names that people know', async () => {
  const { user, own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByText(`Signed in as ${user}`).waitFor();
  assert.deepEqual(await names(page), ['Chrome on Windows', 'Firefox on Linux', 'path CLI 0.8 on macOS']);
  assert.equal(await page.getByText('This device', { exact: true }).count(), 1);
  assert.equal(await device(page, 'Chrome on Windows').getByText('This device', { exact: true }).count(), 1);

  const times = device(page, 'Firefox on Linux').locator('time');
  assert.match(await times.nth(0).innerText(), /^now/);
  assert.equal(await times.count(), 1, 'that it expires in a month is no news');
  const exact = await times.nth(0).getAttribute('title');
  assert.match(exact, /^\d+ \w+ \d{4} at \d\d:\d\d$/);
  assert.ok((await times.nth(0).textContent()).includes(exact), 'the exact time is there for screen readers');
  await examine(page, 'list');
  await closePage(page);
});

for (const [what, off] of [['behind', -86_400_000], ['ahead', 86_400_000]]) {
  test(`tells times by the service's clock where the viewer's is a day ${what}`, async () => {
    const { user, own } = await threeDevices(stack);
    await stack.mint(user, { user_agent: 'Mozilla/5.0 (PlayStation; PlayStation 5/8.20)', ttl_seconds: 3 * 86_400 });
    const page = await openPage(browser, stack, { token: own.token, before: (p) => p.clock.setFixedTime(Date.now() + off) });
    const times = device(page, 'Firefox on Linux').locator('time');
    await times.first().waitFor();
    assert.match(await times.nth(0).innerText(), /^now/);
    assert.match(await device(page, 'PlayStation 5').locator('time').nth(1).innerText(), /^in 3 days/);
    await closePage(page);
  });
}

test('signs one device out after asking, and only then shows it gone', async () => {
  const { own, other } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await page.getByRole('dialog', { name: 'Sign out Firefox on Linux?' }).waitFor();
  assert.match(await page.getByRole('dialog').innerText(), /Signed in on \d+ \w+ \d{4} at \d\d:\d\d\./);
  await examine(page, 'confirm');
  await answer(page, 'Cancel');
  assert.equal((await names(page)).length, 3);

  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('Firefox on Linux is signed out.').waitFor();
  assert.deepEqual(await names(page), ['Chrome on Windows', 'path CLI 0.8 on macOS']);
  assert.equal((await stack.call(other.token, 'GET', '/api/v1/auth/sessions')).status, 401);
  await closePage(page);
});

const putAway = {
  'by Escape': (page) => page.keyboard.press('Escape'),
  // Where Escape leaves what was answered last, as browsers other than Chromium do.
  'by a browser that gives no answer': (page) => page.evaluate(() => document.querySelector('dialog').close()),
};
for (const [how, close] of Object.entries(putAway)) {
  test(`a question that is put away ${how} is answered with no, also after a yes`, async () => {
    const { own } = await threeDevices(stack);
    const page = await openPage(browser, stack, { token: own.token });
    await page.getByRole('button', { name: 'Sign out path CLI 0.8 on macOS' }).click();
    await answer(page, 'Sign out');
    await said(page).getByText('path CLI 0.8 on macOS is signed out.').waitFor();
    const changes = [];
    page.on('request', (request) => { if (request.method() !== 'GET') changes.push(request.url()); });
    await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
    await page.getByRole('dialog').waitFor();
    await page.evaluate(() => {
      window.putAway = new Promise((resolve) => document.querySelector('dialog').addEventListener('close', resolve));
    });
    await close(page);
    await page.evaluate(() => window.putAway.then(() => fetch('/healthz')).then((response) => response.text()));
    assert.deepEqual(changes, []);
    assert.deepEqual(await names(page), ['Chrome on Windows', 'Firefox on Linux']);
    await closePage(page);
  });
}

test('says so when a device was signed out already', async () => {
  const { own, other } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await device(page, 'Firefox on Linux').waitFor();
  await stack.call(other.token, 'POST', '/api/v1/auth/logout');
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('Firefox on Linux was signed out already.').waitFor();
  assert.equal((await names(page)).length, 2);
  await closePage(page);
});

test('warns before this device is signed out, and then holds nothing any more', async () => {
  const { user, own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByRole('button', { name: 'Sign out This device' }).click();
  await page.getByText('This is the device you are using now.').waitFor();
  await examine(page, 'confirm-this');
  await answer(page, 'Sign out');
  await signedOut(page).waitFor();
  assert.equal((await stack.call(own.token, 'GET', '/api/v1/auth/sessions')).status, 401);
  const html = await page.content();
  for (const secret of [user, 'Firefox on Linux', own.id]) assert.ok(!html.includes(secret), secret);
  assert.deepEqual(await page.context().cookies(), []);
  await closePage(page);
});

test('signs out by the button at the end of the page', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByRole('button', { name: 'Sign out on this device' }).click();
  await answer(page, 'Sign out');
  await signedOut(page).waitFor();
  assert.equal((await stack.call(own.token, 'GET', '/api/v1/auth/sessions')).status, 401);
  await closePage(page);
});

test('says which session an operator has opened, and leaves it where all others are signed out', async () => {
  const { user, own } = await threeDevices(stack);
  const theirs = await stack.mint(user, { user_agent: firefoxOnLinux, impersonator: '<b>op</b> 7' });
  const page = await openPage(browser, stack, { token: own.token });
  const opened = page.getByRole('listitem').filter({ hasText: 'Opened by <b>op</b> 7 for support.' });
  await opened.waitFor();
  assert.equal(await page.getByText('for support.').filter({ visible: true }).count(), 1);
  await examine(page, 'impersonated');
  await page.getByRole('button', { name: 'Sign out all 2 other sessions' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('2 other sessions are signed out.').waitFor();
  assert.deepEqual(await names(page), ['Chrome on Windows', 'Firefox on Linux']);
  await page.getByText('You are not signed in anywhere else.').waitFor();
  await opened.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('Firefox on Linux is signed out.').waitFor();
  assert.equal((await stack.call(theirs.token, 'GET', '/api/v1/auth/sessions')).status, 401);
  await closePage(page);
});

test('offers an operator nothing that only the person may do, and fits a long name of theirs', async () => {
  const { user } = await threeDevices(stack);
  const theirs = await stack.mint(user, { impersonator: 'W'.repeat(255) });
  const page = await openPage(browser, stack, { token: theirs.token, path: '/settings/sessions/?connect' });
  await page.getByText('You act as this person, for support.').waitFor();
  assert.equal((await names(page)).length, 4);
  const buttons = await page.getByRole('button').evaluateAll((nodes) => nodes.map((node) => node.getAttribute('aria-label') ?? node.textContent));
  assert.deepEqual(buttons, ['Sign out This device', 'Sign out on this device']);
  await examine(page, 'operator');
  await page.getByRole('button', { name: 'Sign out This device' }).click();
  await answer(page, 'Sign out');
  await signedOut(page).waitFor();
  assert.equal((await stack.call(theirs.token, 'GET', '/api/v1/auth/sessions')).status, 401);
  await closePage(page);
});

test('signs out all other sessions, and says how many', async () => {
  const { own, other, cli } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByRole('button', { name: 'Sign out all 2 other sessions' }).click();
  await page.getByRole('dialog', { name: 'Sign out all 2 other sessions?' }).waitFor();
  await answer(page, 'Sign out');
  await said(page).getByText('2 other sessions are signed out.').waitFor();
  assert.deepEqual(await names(page), ['Chrome on Windows']);
  await page.getByText('You are not signed in anywhere else.').waitFor();
  for (const { token } of [other, cli]) assert.equal((await stack.call(token, 'GET', '/api/v1/u/me')).status, 401);
  assert.equal((await stack.call(own.token, 'GET', '/api/v1/u/me')).status, 200);
  await examine(page, 'alone');
  await closePage(page);
});

test('keeps everything and says what happened when the service does not answer', async () => {
  const { own, other } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await device(page, 'Firefox on Linux').waitFor();
  stack.pause('redis');
  try {
    await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
    await answer(page, 'Sign out');
    await said(page).getByText('The service cannot be reached just now. This may or may not have been done').waitFor();
    assert.equal((await names(page)).length, 3);
    await examine(page, 'revoke-failed');
  } finally {
    await stack.resume('redis');
  }
  // The lost answer may have been a revocation or not, also one that Redis carries out later than it answers others. The
  // page must show what is true whenever it asks.
  await page.waitForFunction(async () => (await fetch('/readyz')).ok);
  for (let shown, alive; shown === undefined || shown !== (alive ? 3 : 2);) {
    const listed = page.waitForResponse('**/api/v1/auth/sessions');
    await comeBack(page);
    await (await listed).finished();
    await nothingSaid(page);
    shown = (await names(page)).length;
    alive = (await stack.call(other.token, 'GET', '/api/v1/u/me')).status === 200;
  }
  await closePage(page);
});

test('says so, and keeps the list, when this device cannot be signed out because the service is away', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await device(page, 'Firefox on Linux').waitFor();
  stack.pause('redis');
  try {
    await page.getByRole('button', { name: 'Sign out on this device' }).click();
    await answer(page, 'Sign out');
    await said(page).getByText('The service cannot be reached just now. This may or may not have been done').waitFor();
    assert.equal((await names(page)).length, 3);
    assert.ok(await page.getByRole('button', { name: 'Sign out on this device' }).isVisible());
  } finally {
    await stack.resume('redis');
  }
  await closePage(page);
});

test('a revocation whose answer is lost is left open until the list shows that it was made', async () => {
  const { own, other } = await threeDevices(stack);
  const page = await openPage(browser, stack, {
    token: own.token,
    before: (p) => p.route(`**/api/v1/auth/sessions/${other.id}`, async (route) => {
      await stack.call(own.token, 'DELETE', `/api/v1/auth/sessions/${other.id}`);
      await route.abort();
    }),
  });
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('This may or may not have been done').waitFor();
  assert.equal((await names(page)).length, 3);
  await comeBack(page);
  await device(page, 'Firefox on Linux').waitFor({ state: 'detached' });
  await nothingSaid(page);
  await closePage(page);
});

for (const [status, text] of [
  [403, 'This is not allowed here.'],
  [404, 'This is not available here.'],
  [429, 'Too many attempts. Try again in a while.'],
]) {
  test(`says what a ${status} means, until the next list`, async () => {
    const { own } = await threeDevices(stack);
    const refuse = (route) => route.fulfill({ status, json: { code: 'bad_request', error: 'refused' } });
    const page = await openPage(browser, stack, {
      token: own.token,
      before: async (p) => {
        await p.route('**/request-grant', refuse);
        await p.route('**/api/v1/auth/sessions', refuse, { times: 1 });
      },
    });
    await page.locator('#trouble').getByText(text).waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Get a code' }).click();
    await said(page).getByText(text).waitFor();
    await examine(page, `refused-${status}`);
    await comeBack(page);
    await nothingSaid(page);
    await closePage(page);
  });
}

test('shows a state of its own while the service is away, and the list when it is back', async () => {
  const { own } = await threeDevices(stack);
  stack.pause('redis');
  const page = await openPage(browser, stack, { token: own.token });
  try {
    await page.getByRole('heading', { name: 'Not available just now' }).waitFor();
    await examine(page, 'unavailable');
    await page.getByRole('button', { name: 'Try again' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'trouble-title');
  } finally {
    await stack.resume('redis');
  }
  // Nobody has to press it again.
  await device(page, 'Firefox on Linux').waitFor();
  await closePage(page);
});

test('shows that it is loading while the answer is slow', async () => {
  const { own } = await threeDevices(stack);
  let letGo;
  const held = new Promise((resolve) => { letGo = resolve; });
  const page = await openPage(browser, stack, {
    token: own.token,
    before: (p) => p.route('**/api/v1/auth/sessions', async (route) => { await held; await route.continue(); }),
  });
  await page.getByText('This is taking longer than usual').waitFor();
  await examine(page, 'slow');
  const moving = () => page.evaluate(() => document.getAnimations().length);
  assert.equal(await moving(), 0, 'nothing moves for those who want it so');
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  assert.ok(await moving() > 0);
  letGo();
  await device(page, 'Firefox on Linux').waitFor();
  await closePage(page);
});

test('says that it is offline when it is opened so, and shows the list when it is not', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, {
    token: own.token,
    before: (p) => p.route('**/api/v1/auth/sessions', async (route) => {
      await p.context().setOffline(true);
      await route.continue();
    }, { times: 1 }),
  });
  await page.getByRole('heading', { name: 'You are offline' }).waitFor();
  await examine(page, 'opened-offline');
  await page.context().setOffline(false);
  await device(page, 'Firefox on Linux').waitFor();
  await closePage(page);
});

test('goes offline with the list, says so, and recovers by itself', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await device(page, 'Firefox on Linux').waitFor();
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('you are offline').waitFor();
  assert.equal((await names(page)).length, 3);
  await comeBack(page);
  await said(page).getByText('may be out of date').waitFor();
  await examine(page, 'offline');
  await page.context().setOffline(false);
  await nothingSaid(page);
  await closePage(page);
});

test('no longer says that it is offline when the line is back', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await device(page, 'Firefox on Linux').waitFor();
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('you are offline').waitFor();
  await page.context().setOffline(false);
  await nothingSaid(page);
  assert.equal((await names(page)).length, 3);
  await closePage(page);
});

test('refreshes the list when the tab regains the focus', async () => {
  const { user, own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await device(page, 'Firefox on Linux').waitFor();
  await stack.mint(user, { user_agent: 'curl/8.5.0' });
  await comeBack(page);
  await device(page, 'curl 8.5').waitFor();
  await closePage(page);
});

test('keeps the focus where it is when the list is refreshed', async () => {
  const { user, own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).focus();
  await stack.mint(user, { user_agent: 'curl/8.5.0' });
  await comeBack(page);
  await device(page, 'curl 8.5').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Sign out Firefox on Linux');
  await closePage(page);
});

test('connects a CLI: a large code to copy, and word when it is redeemed', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token, permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('button', { name: 'Get a code' }).click();
  const code = await shownCode(page);
  assert.match(code, /^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/);
  assert.ok(await page.locator('#code').evaluate((node) => parseFloat(getComputedStyle(node).fontSize) >= 28));
  await page.getByText(/^Works once, for another (10:00|9:5\d)\./).waitFor();
  await examine(page, 'code');
  await page.getByRole('button', { name: 'Copy' }).click();
  await said(page).getByText('Copied.').waitFor();
  await page.setViewportSize({ width: 320, height: 480 });
  await page.getByRole('button', { name: 'Sign out on this device' }).scrollIntoViewIfNeeded();
  const { top, bottom } = await said(page).evaluate((node) => node.getBoundingClientRect());
  assert.ok(top >= 0 && bottom <= 480, 'in sight at the end of a small page, too');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), code.replace('-', ''));

  // A CLI from before is not the one that this code connects.
  const listed = page.waitForResponse('**/api/v1/auth/sessions');
  await comeBack(page);
  await (await listed).finished();
  await page.evaluate(() => fetch('/healthz').then((response) => response.text())); // the list is shown
  assert.ok(await page.locator('#code').isVisible());

  const redeemed = await stack.call(null, 'POST', '/api/v1/auth/cli/redeem', { code });
  assert.equal(redeemed.status, 200);
  await said(page).getByText('path CLI 0.8 on macOS is connected.').waitFor();
  await page.locator('#code').waitFor({ state: 'hidden' });
  await examine(page, 'connected');
  assert.equal((await names(page)).length, 4);
  await closePage(page);
});

test('works by keyboard alone', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await device(page, 'Firefox on Linux').waitFor();
  const press = async (key, times = 1) => { for (let i = 0; i < times; i += 1) await page.keyboard.press(key); };
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
  await press('Tab', 3); // rename, details and sign out this device
  await press('Tab', 3);
  assert.equal(await focused(), 'Sign out Firefox on Linux');
  await press('Enter');
  await page.getByRole('dialog').waitFor();
  await press('Escape');
  assert.equal(await focused(), 'Sign out Firefox on Linux', 'the focus comes back');
  await press('Enter');
  await press('Tab');
  assert.equal(await focused(), 'Sign out');
  await press('Enter');
  await said(page).getByText('Firefox on Linux is signed out.').waitFor();
  assert.equal(await focused(), 'Where you are signed in');
  await closePage(page);
});

test('a question asked in the moment that another is closed gets its own answer', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await device(page, 'Firefox on Linux').waitFor();
  await page.getByRole('button', { name: 'Sign out path CLI 0.8 on macOS' }).click();
  await page.getByRole('dialog').waitFor();
  await page.getByRole('button', { name: 'Sign out Firefox on Linux', includeHidden: true }).evaluate((button) => {
    document.querySelector('dialog').close();
    button.click();
  });
  await answer(page, 'Sign out');
  await said(page).getByText('Firefox on Linux is signed out.').waitFor();
  assert.equal((await names(page)).length, 2);
  await closePage(page);
});

test('signed out, it offers the dev login where there is one', async () => {
  const page = await openPage(browser, stack);
  await signedOut(page).waitFor();
  await page.getByLabel('Username').waitFor();
  assert.equal(await page.locator('#sign-in').isVisible(), false, 'a link to where nobody said to sign in');
  await examine(page, 'signed-out');
  await page.getByLabel('Username').fill('Grace Hopper');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Signed in as Grace Hopper').waitFor();
  assert.equal((await names(page)).length, 1);
  await closePage(page);
});

test('speaks German to those who prefer it', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token, locale: 'de-CH' });
  await page.getByRole('heading', { name: 'Wo Sie angemeldet sind' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  await page.getByText('Firefox auf Linux').waitFor();
  await examine(page, 'german');
  await closePage(page);
});

test('its first load is at most 60 kB, and may run nothing but its own files', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByText('Signed in as').waitFor();
  await page.waitForLoadState('networkidle');
  console.log(`first load: ${page.transferred} bytes`);
  assert.ok(page.transferred > 10_000 && page.transferred <= 60_000, `${page.transferred} bytes`);
  const response = await page.request.get(`${stack.url}/settings/sessions/`);
  const policy = response.headers()['content-security-policy'];
  assert.match(policy, /^default-src 'none';/);
  assert.doesNotMatch(policy, /unsafe|\*|data:/);
  await assert.rejects(page.evaluate(() => { document.body.innerHTML = '<p>markup</p>'; }), /TrustedHTML/);
  page.faults = page.faults.filter((fault) => !fault.includes('TrustedHTML')); // that one was ours
  await closePage(page);
});
