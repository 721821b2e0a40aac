// Whose page it is: what happens to it while the person signs in and out elsewhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { carry, closePage, launch, openPage } from './browser.mjs';
import { answer, chromeOnWindows, comeBack, device, names, newUser, said, shownCode, signedOut, threeDevices } from './devices.mjs';
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

// What the document holds, seen or not.
const held = (page) => page.evaluate(() => document.documentElement.outerHTML + [...document.querySelectorAll('input')].map((i) => i.value));

// The page has had the answer, and has done what it does with it: what it asked for later has been answered, too.
async function hasCome(page, request) {
  await (await request.response()).finished();
  await page.evaluate(() => fetch('/healthz').then((response) => response.text()));
}

test('signed out from elsewhere in the middle of a question, it holds nothing any more', async () => {
  const { user, own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await page.getByRole('button', { name: 'Get a code' }).click();
  const code = await shownCode(page);
  await page.getByRole('button', { name: 'Sign out path CLI 0.8 on macOS' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('path CLI 0.8 on macOS is signed out.').waitFor();
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await page.getByRole('dialog').waitFor();

  await stack.call(own.token, 'POST', '/api/v1/auth/logout');
  await comeBack(page);
  await signedOut(page).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  const html = await held(page);
  for (const secret of [user, 'Firefox', 'macOS', own.id, code, [...code.replace('-', '')].join(' ')]) {
    assert.ok(!html.includes(secret), secret);
  }
  await closePage(page);
});

test('shows the list to whoever signed in in another tab, without interrupting who types', async () => {
  const { user, own } = await threeDevices(stack);
  const page = await openPage(browser, stack);
  const username = page.getByLabel('Username');
  await username.fill('hal');
  const answered = page.waitForResponse('**/api/v1/auth/sessions');
  await comeBack(page);
  assert.equal((await answered).status(), 401);
  await username.pressSequentially('f'); // goes on where it was
  assert.equal(await username.inputValue(), 'half');

  await carry(page.context(), stack, own.token);
  await comeBack(page);
  await page.getByText(`Signed in as ${user}`).waitFor();
  assert.equal((await names(page)).length, 3);
  await closePage(page);
});

test('never shows the name of one with the devices of another', async () => {
  const one = await threeDevices(stack);
  const another = newUser();
  const theirs = await stack.mint(another, { user_agent: 'curl/8.5.0' });
  const page = await openPage(browser, stack, { token: one.own.token });
  await page.getByText(`Signed in as ${one.user}`).waitFor();
  await carry(page.context(), stack, theirs.token);
  await comeBack(page);
  await page.getByText(`Signed in as ${another}`).waitFor();
  assert.deepEqual(await names(page), ['curl 8.5']);
  await closePage(page);
});

test('a name that comes late is not shown with the devices of another', async () => {
  const one = await threeDevices(stack);
  const another = newUser();
  const theirs = await stack.mint(another, { user_agent: 'curl/8.5.0' });
  let letGo;
  const shown = new Promise((resolve) => { letGo = resolve; });
  let late;
  const page = await openPage(browser, stack, {
    token: one.own.token,
    before: (p) => p.route('**/api/v1/u/me', async (route) => {
      late = route.request();
      const answer = await route.fetch();
      await shown;
      await route.fulfill({ response: answer });
    }, { times: 1 }),
  });
  await device(page, 'Firefox on Linux').waitFor();
  await carry(page.context(), stack, theirs.token);
  await comeBack(page);
  await page.getByText(`Signed in as ${another}`).waitFor();
  letGo();
  await hasCome(page, late);
  assert.ok(!(await held(page)).includes(one.user));
  await page.getByText(`Signed in as ${another}`).waitFor();
  await closePage(page);
});

const signInAs = async (page, { user, own }) => {
  await carry(page.context(), stack, own.token);
  await comeBack(page);
  await page.getByText(`Signed in as ${user}`).waitFor();
};

test('shows the code of one to nobody else, and takes no device of another for the one it connects', async () => {
  const [one, another] = [await threeDevices(stack), await threeDevices(stack)];
  const page = await openPage(browser, stack, { token: one.own.token });
  await page.getByRole('button', { name: 'Get a code' }).click();
  const code = await shownCode(page);
  await signInAs(page, another);
  await page.getByRole('button', { name: 'Get a code' }).waitFor();
  const html = await held(page);
  for (const secret of [code, [...code.replace('-', '')].join(' '), 'is connected']) assert.ok(!html.includes(secret), secret);
  await said(page).getByText('The sign-in in this browser has changed.').waitFor();
  await closePage(page);
});

test('takes back the code of one when somebody without a CLI signs in', async () => {
  const one = await threeDevices(stack);
  const user = newUser();
  const page = await openPage(browser, stack, { token: one.own.token });
  await page.getByRole('button', { name: 'Get a code' }).click();
  const code = await shownCode(page);
  await signInAs(page, { user, own: await stack.mint(user) });
  assert.ok(!(await held(page)).includes(code));
  await closePage(page);
});

test('a code that is under way when somebody else signs in is not shown', async () => {
  const [one, another] = [await threeDevices(stack), await threeDevices(stack)];
  let letGo;
  const signedIn = new Promise((resolve) => { letGo = resolve; });
  const page = await openPage(browser, stack, {
    token: one.own.token,
    before: (p) => p.route('**/request-grant', async (route) => {
      await signedIn;
      await route.fulfill({ json: { code: 'AB12CD34', expires_in: 600 } });
    }),
  });
  const asked = page.waitForRequest('**/request-grant');
  await page.getByRole('button', { name: 'Get a code' }).click();
  await asked;
  await signInAs(page, another);
  letGo();
  await page.locator('#pair-start:not([aria-disabled])').waitFor({ state: 'attached' });
  assert.ok(!(await held(page)).includes('AB12'));
  await closePage(page);
});

for (const button of ['Sign out all 2 other sessions', 'Sign out on this device', 'Sign out Firefox on Linux']) {
  test(`a question asked to one is not put to another: ${button}`, async () => {
    const [one, another] = [await threeDevices(stack), await threeDevices(stack)];
    const page = await openPage(browser, stack, { token: one.own.token });
    const changes = [];
    page.on('request', (request) => { if (request.method() !== 'GET') changes.push(request.url()); });
    await page.getByRole('button', { name: button }).click();
    await page.getByRole('dialog').waitFor();
    await signInAs(page, another);
    assert.equal(await page.getByRole('dialog').count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'devices-title');
    assert.deepEqual(changes, []);
    for (const { token } of [one.own, one.other, one.cli, another.own, another.other, another.cli]) {
      assert.equal((await stack.call(token, 'GET', '/api/v1/u/me')).status, 200);
    }
    await page.getByRole('button', { name: button }).click(); // it can be asked again
    await page.getByRole('dialog').waitFor();
    await closePage(page);
  });
}

test('a yes that is given in the moment that somebody else is listed is not carried out', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await device(page, 'Firefox on Linux').waitFor();
  const answered = await page.evaluate(async () => {
    const { confirm, clearConfirm } = await import('/settings/sessions/view.js');
    const asked = confirm('Sign out?', '', 'Sign out');
    document.querySelector('#confirm-yes').click();
    clearConfirm();
    return asked;
  });
  assert.equal(answered, false);
  await closePage(page);
});

for (const [button, done] of [
  ['Sign out all 2 other sessions', { json: { revoked: 2 } }],
  ['Sign out Firefox on Linux', { status: 404, json: { code: 'not_found', error: 'no such session' } }],
]) {
  test(`what was done for one takes nothing from the list of another, and is not said to them: ${button}`, async () => {
    const [one, another] = [await threeDevices(stack), await threeDevices(stack)];
    let letGo;
    const signedIn = new Promise((resolve) => { letGo = resolve; });
    const page = await openPage(browser, stack, {
      token: one.own.token,
      before: (p) => p.route('**/api/v1/auth/sessions**', async (route) => {
        if (route.request().method() !== 'DELETE') return route.continue();
        await signedIn;
        return route.fulfill(done);
      }),
    });
    const asked = page.waitForRequest((request) => request.method() === 'DELETE');
    await page.getByRole('button', { name: button }).click();
    await answer(page, 'Sign out');
    const request = await asked;
    await signInAs(page, another);
    letGo();
    await hasCome(page, request);
    assert.equal((await names(page)).length, 3);
    assert.ok(!(await said(page).textContent()).includes('signed out'));
    await closePage(page);
  });
}

// A page that has asked for its list again. The answer is what is true now, and comes when `letGo` is called.
async function openWithLateList(token) {
  let letGo;
  const free = new Promise((resolve) => { letGo = resolve; });
  let hold = null;
  const page = await openPage(browser, stack, {
    token,
    before: (p) => p.route('**/api/v1/auth/sessions', async (route) => {
      const late = hold;
      hold = null;
      const answer = await route.fetch();
      late?.(route.request());
      if (late) await free;
      await route.fulfill({ response: answer });
    }),
  });
  await device(page, 'Firefox on Linux').waitFor();
  const read = new Promise((resolve) => { hold = resolve; });
  await comeBack(page);
  const request = await read;
  return { page, letGo: () => { letGo(); return hasCome(page, request); } };
}

test('a list that comes after a newer one does not replace it', async () => {
  const { user, own } = await threeDevices(stack);
  const { page, letGo } = await openWithLateList(own.token);
  await stack.mint(user, { user_agent: 'curl/8.5.0' });
  await comeBack(page);
  await device(page, 'curl 8.5').waitFor();
  await letGo();
  assert.equal((await names(page)).length, 4);
  await closePage(page);
});

test('a list from before a device was signed out does not bring it back', async () => {
  const { own } = await threeDevices(stack);
  const { page, letGo } = await openWithLateList(own.token);
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('Firefox on Linux is signed out.').waitFor();
  await letGo();
  assert.deepEqual(await names(page), ['Chrome on Windows', 'path CLI 0.8 on macOS']);
  await closePage(page);
});

test('a list from before this device was signed out is not shown any more', async () => {
  const { own } = await threeDevices(stack);
  const { page, letGo } = await openWithLateList(own.token);
  await page.getByRole('button', { name: 'Sign out on this device' }).click();
  await answer(page, 'Sign out');
  await signedOut(page).waitFor();
  await letGo();
  await signedOut(page).waitFor();
  assert.ok(!(await held(page)).includes('Firefox on Linux'));
  await closePage(page);
});

test('a new sign-in of the same person in this browser is this device from then on', async () => {
  const { user, own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  const firefox = device(page, 'Firefox on Linux');
  await firefox.waitFor();
  const fresh = await stack.mint(user, { user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' });
  await carry(page.context(), stack, fresh.token);
  await comeBack(page);
  await firefox.filter({ hasText: 'This device' }).waitFor();

  // What was this device is another now, and signing it out must not end the new one.
  await page.getByRole('button', { name: 'Sign out Chrome on Windows' }).click();
  await page.getByRole('dialog', { name: 'Sign out Chrome on Windows?' }).waitFor();
  await answer(page, 'Sign out');
  await said(page).getByText('Chrome on Windows is signed out.').waitFor();
  assert.equal((await stack.call(own.token, 'GET', '/api/v1/u/me')).status, 401);
  assert.equal((await stack.call(fresh.token, 'GET', '/api/v1/u/me')).status, 200);
  await closePage(page);
});

test('a page that the browser kept for its Back button asks again before it shows anything', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await device(page, 'Firefox on Linux').waitFor();
  await stack.call(own.token, 'POST', '/api/v1/auth/logout');
  const seen = await page.evaluate(() => {
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    return document.body.innerText;
  });
  assert.ok(!seen.includes('Firefox on Linux'));
  await signedOut(page).waitFor();
  await closePage(page);
});

const outages = [
  ['the service is away', 'Not available just now', () => stack.pause('redis'), () => stack.resume('redis')],
  ['it is offline', 'You are offline', (page) => page.context().setOffline(true), (page) => page.context().setOffline(false)],
];
for (const [what, heading, begin, end] of outages) {
  test(`a page that the browser kept says so when ${what}, and recovers by itself`, async () => {
    const { own } = await threeDevices(stack);
    const page = await openPage(browser, stack, { token: own.token });
    await device(page, 'Firefox on Linux').waitFor();
    await begin(page);
    try {
      await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
      await page.getByRole('heading', { name: heading }).waitFor();
      await page.getByRole('button', { name: 'Try again' }).waitFor();
      assert.ok(!(await held(page)).includes('Firefox on Linux'));
    } finally {
      await end(page);
    }
    await device(page, 'Firefox on Linux').waitFor();
    await closePage(page);
  });
}

test('one confirmation is one request, however often the button is pressed while it is under way', async () => {
  const user = newUser();
  const own = await stack.mint(user, { user_agent: chromeOnWindows });
  await stack.mint(user, { user_agent: 'curl/8.5.0' });
  let letGo;
  const held = new Promise((resolve) => { letGo = resolve; });
  const asked = [];
  const page = await openPage(browser, stack, {
    token: own.token,
    // Before the page is opened: Chromium lets requests of an open one past a new route now and then.
    before: (p) => p.route('**/api/v1/auth/sessions/*', async (route) => {
      asked.push(route.request().method());
      await held;
      await route.continue();
    }),
  });
  await page.getByText('Signed in as').waitFor();
  const button = page.getByRole('button', { name: 'Sign out curl 8.5' });
  const deletion = page.waitForRequest((request) => request.method() === 'DELETE');
  await button.click();
  await answer(page, 'Sign out');
  await deletion;
  assert.equal(await button.getAttribute('aria-disabled'), 'true');
  await button.click({ force: true });
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.equal((await names(page)).length, 2, 'still there until the answer');
  letGo();
  await said(page).getByText('curl 8.5 is signed out.').waitFor();
  assert.deepEqual(asked, ['DELETE']);
  await closePage(page);
});

test('a hotspot that answers in place of the service is no empty list', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, {
    token: own.token,
    before: (p) => p.route('**/api/v1/auth/sessions', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Welcome to our café' }), { times: 1 }),
  });
  await page.getByRole('heading', { name: 'Not available just now' }).waitFor();
  await device(page, 'Firefox on Linux').waitFor();
  await closePage(page);
});
