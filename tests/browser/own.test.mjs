// A site's own look and words, and the reader's own language.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closePage, examine, launch, openPage, picture } from './browser.mjs';
import { answer, device, firefoxOnLinux, said, signedOut, threeDevices } from './devices.mjs';
import { startStack } from './stack.mjs';

let stack;
let browser;
before(async () => {
  stack = await startStack({ SESSIOND_LOGIN_URL: '', SESSIOND_RECORD_ACTIVITY: 'true' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

for (const [locale, title, direction, one] of [
  ['fr-CA', 'Vos appareils', 'ltr', 'Déconnecter les 2 autres sessions'],
  ['es-MX', 'Tus dispositivos', 'ltr', 'Cerrar las otras 2 sesiones'],
  ['ja-JP', 'お使いのデバイス', 'ltr', 'ほかの 2 件のセッションをすべてサインアウト'],
  ['ar-EG', 'أجهزتك', 'rtl', 'تسجيل خروج الجلستين الأخريين'],
]) {
  test(`speaks the reader's language: ${locale}`, async () => {
    const { own } = await threeDevices(stack);
    const page = await openPage(browser, stack, { token: own.token, locale });
    await page.getByRole('button', { name: one }).waitFor();
    assert.equal(await page.title(), title);
    assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), [locale.slice(0, 2), direction]);
    await page.locator('summary').nth(1).click();
    await page.locator('.pencil').nth(2).click();
    await examine(page, `language-${locale.slice(0, 2)}`);
    await closePage(page);
  });
}

test('goes by the choice of its reader from then on, and works by keyboard', async () => {
  const page = await openPage(browser, stack, { locale: 'de-CH' });
  await page.getByLabel('Sprache').selectOption('English');
  await signedOut(page).waitFor();
  await page.reload();
  await signedOut(page).waitFor();
  await page.getByLabel('Language').selectOption('العربية');
  await page.getByRole('heading', { name: 'لقد سُجّل خروجك' }).waitFor();
  await examine(page, 'signed-out-arabic');
  await closePage(page);
});

test('goes by a language that the browser cannot keep no longer than it is shown, and is shown anyway', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, {
    token: own.token,
    before: (p) => p.addInitScript(() => Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })),
  });
  await device(page, 'Firefox on Linux').waitFor();
  await closePage(page);
});

test('says in English what texts cannot be had for', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token, locale: 'de-DE', before: (p) => p.route('**/texts.de.json', (route) => route.abort()) });
  await device(page, 'Firefox on Linux').waitFor();
  await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
  await closePage(page);
});

test('a page of the site holds the list as an element, with its own looks left alone, under a policy as strict', async () => {
  const { user, own, other } = await threeDevices(stack);
  stack.putOwn('account.css', 'button { background: rgb(255, 0, 0); } @media (prefers-color-scheme: light) { session-list { --accent: #7b2d8b; } }');
  stack.putOwn('account.html', `<!doctype html><html lang="en"><title>Account</title><link rel="stylesheet" href="account.css">
    <script src="sessions.js" type="module"></script><main><h1>Account</h1><button>Mine</button>
    <session-list><a href="./">Your devices</a></session-list></main>`);
  const page = await openPage(browser, stack, { token: own.token, path: '/settings/sessions/account.html' });
  await page.getByText(`Signed in as ${user}`).waitFor();
  assert.equal(await page.title(), 'Account');
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
  const backgroundOf = (name) => page.getByRole('button', { name }).evaluate((button) => getComputedStyle(button).backgroundColor);
  assert.equal(await backgroundOf('Mine'), 'rgb(255, 0, 0)');
  assert.equal(await backgroundOf('Sign out Firefox on Linux'), 'rgb(255, 255, 255)');
  assert.equal(await backgroundOf('Get a code'), 'rgb(123, 45, 139)');
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('Firefox on Linux is signed out.').waitFor();
  assert.equal((await stack.call(other.token, 'GET', '/api/v1/u/me')).status, 401);
  assert.deepEqual(page.faults, []);
  await examine(page, 'element');
  page.faults = []; // axe writes styles to look into shadow roots
  await closePage(page);
});

test('where the element cannot be had, what stands in it is shown', async () => {
  stack.putOwn('account.html', '<!doctype html><script src="sessions.js" type="module"></script><session-list><a href="./">Your devices</a></session-list>');
  const page = await openPage(browser, stack, {
    path: '/settings/sessions/account.html',
    before: (p) => p.route('**/settings/sessions/', (route) => route.fulfill({ status: 503 })),
  });
  await page.waitForFunction(() => document.querySelector('session-list').begun);
  assert.ok(await page.getByRole('link', { name: 'Your devices' }).isVisible());
  page.faults = page.faults.filter((fault) => !fault.includes('503'));
  await closePage(page);
});

test("a site's own files come before the packaged ones: look, words, header and footer; and nothing foreign runs in them", async () => {
  stack.putOwn('theme.css', ':root { --accent: #7b2d8b; --radius: 0; --logo: url(logo.svg); --logo-width: 6rem; --logo-height: 2rem; }');
  stack.putOwn('logo.svg', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20"><rect width="60" height="20" fill="#7b2d8b"/></svg>');
  stack.putOwn('texts.en.json', JSON.stringify({ title: 'Where Example knows you', doneDevice: 7, methods: { pwd: 'pass phrase' } }));
  stack.putOwn('header.html', '<nav><a href="/">Example</a></nav><script>document.title = "run"</script>');
  stack.putOwn('footer.html', '<footer>Example Ltd</footer>');
  const { user, own } = await threeDevices(stack);
  await stack.mint(user, { user_agent: firefoxOnLinux, auth_time: new Date().toISOString(), amr: ['pwd'] });
  const logo = [];
  const page = await openPage(browser, stack, {
    token: own.token,
    before: (p) => p.on('response', (response) => { if (response.url().endsWith('/logo.svg')) logo.push(response.status()); }),
  });
  await page.getByRole('heading', { name: 'Where Example knows you' }).waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Example' }).waitFor();
  await page.getByText('Example Ltd').waitFor();
  await page.getByText('with pass phrase').waitFor();
  assert.equal(await page.title(), 'Where Example knows you', 'its script has not run');
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('#pair-start')).backgroundColor), 'rgb(123, 45, 139)');
  await page.getByRole('button', { name: 'Sign out path CLI 0.8 on macOS' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('path CLI 0.8 on macOS is signed out.').waitFor();
  await picture(page, 'own');
  assert.deepEqual(logo, [200]);

  const response = await page.request.get(`${stack.url}/settings/sessions/theme.css`);
  assert.match(response.headers()['content-security-policy'], /^default-src 'none';/);
  for (const path of ['..%2f..%2f..%2fnginx.conf', '%2e%2e/%2e%2e/%2e%2e/nginx.conf', 'nothing.css']) {
    assert.ok((await page.request.get(`${stack.url}/settings/sessions/${path}`)).status() >= 400, path);
  }
  assert.equal(page.faults.length, 1, 'the script is refused');
  page.faults = [];
  await closePage(page);
});
