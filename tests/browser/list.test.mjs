// Each device at a glance and in detail, its name, and lists that are long.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { carry, closePage, examine, launch, openPage, picture } from './browser.mjs';
import { answer, chromeOnWindows, comeBack, device, firefoxOnLinux, names, newUser, nothingSaid, said, threeDevices } from './devices.mjs';
import { startStack } from './stack.mjs';

let stack;
let browser;
before(async () => {
  stack = await startStack({ SESSIOND_LOGIN_URL: '', SESSIOND_RECORD_ACTIVITY: 'true', SESSIOND_RECORD_IP: 'full' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const [hour, day] = [3_600_000, 86_400_000];
const ago = (time) => new Date(Date.now() - time).toISOString();

// The real list, as it would be had its sessions begun and been used at other times.
const retold = (change) => (page) => page.route('**/api/v1/auth/sessions', async (route) => {
  if (route.request().method() !== 'GET') return route.continue();
  const response = await route.fetch();
  return route.fulfill({ response, json: response.ok() ? change(await response.json()) : await response.json() });
});

const nameField = (page) => page.getByLabel('Name of this device');
const rename = (page, name) => page.getByRole('button', { name: `Rename ${name}`, exact: true });
const details = (page, name) => page.locator('summary').and(page.getByLabel(`Details of ${name}`, { exact: true }));

test('says where and when a device was active, how it was signed in, and that it expires soon', async () => {
  const user = newUser();
  const at = new Date().toISOString();
  const own = await stack.mint(user, { user_agent: chromeOnWindows, ip: '203.0.113.7', place: 'Berlin, DE', auth_time: at, amr: ['pwd', 'otp', 'mfa'] });
  const other = await stack.mint(user, { user_agent: firefoxOnLinux, ip: '2001:db8::7', place: 'باريس, FR', ttl_seconds: 3 * 86_400, auth_time: at, amr: ['passkey'] });
  const change = (list) => list.map((s) => (s.id === other.id ? { ...s, created_at: ago(20 * day), last_seen_at: ago(3 * hour) } : s));
  const page = await openPage(browser, stack, { token: own.token, before: retold(change) });
  const line = async (name, which) => (await device(page, name).locator(which).innerText()).replaceAll(/\s*\([^)]*\)\s*/g, ' ').trim();
  const lines = async (name) => [await line(name, '.activity'), await line(name, '.times')];
  await device(page, 'Chrome on Windows').waitFor();
  assert.deepEqual(await lines('Chrome on Windows'), ['Active now · Berlin, DE · 203.0.113.7', 'Signed in now with password and one-time code']);
  assert.deepEqual(await lines('Firefox on Linux'),
    ['Active 3 hours ago · باريس, FR · 2001:db8::7', 'Signed in 20 days ago with passkey · Expires in 3 days']);
  await examine(page, 'glance');
  await closePage(page);
});

test('marks what signed in within a week, but not this device', async () => {
  const { own, other } = await threeDevices(stack);
  const change = (list) => list.map((s) => (s.id === other.id ? { ...s, created_at: ago(8 * day) } : s));
  const page = await openPage(browser, stack, { token: own.token, before: retold(change) });
  await device(page, 'path CLI').getByText('New', { exact: true }).waitFor();
  assert.equal(await page.getByText('New', { exact: true }).count(), 1);
  await closePage(page);
});

test('tells no time to come of what has happened, though the list is newer than its Date, and tells times anew', async () => {
  const { own, other } = await threeDevices(stack);
  const change = (list) => list.map((s) => ({ ...s, created_at: ago(-9000), last_seen_at: ago(s.id === other.id ? 5 * 60_000 : -9000) }));
  const page = await openPage(browser, stack, {
    token: own.token,
    before: async (p) => {
      await retold(change)(p);
      await p.clock.install();
    },
  });
  await device(page, 'Firefox on Linux').waitFor();
  for (const time of await page.locator('.times time').allInnerTexts()) assert.match(time, /^now/);
  assert.equal(await page.getByText('Active now').count(), 3);
  await page.clock.runFor(4 * 60_000);
  await device(page, 'Firefox on Linux').getByText(/Active [89] minutes ago/).waitFor();
  assert.equal(await page.getByText('Active now').count(), 2);
  await closePage(page);
});

test('has every detail for who asks: exact times with their zone, the User-Agent, the id; also after the next list', async () => {
  const { own, other } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await details(page, 'Firefox on Linux').waitFor();
  assert.ok(!(await page.content()).includes(firefoxOnLinux), 'nothing before');
  await details(page, 'Firefox on Linux').click();
  const facts = device(page, 'Firefox on Linux').locator('dl');
  await facts.getByText(other.id).waitFor();
  const terms = await facts.locator('dt').allTextContents();
  assert.deepEqual(terms, ['Signed in', 'Last active', 'Expires', 'Says of itself', 'Session ID']);
  const [signedIn, , expires, userAgent] = await facts.locator('dd').allInnerTexts();
  for (const time of [signedIn, expires]) assert.match(time, /^\d+ \w+ \d{4} at \d\d:\d\d:\d\d CES?T$/);
  assert.equal(userAgent, firefoxOnLinux);
  await examine(page, 'details');

  const kept = await facts.locator('dd').last().elementHandle(); // may be selected
  const listed = page.waitForResponse('**/api/v1/auth/sessions');
  await comeBack(page);
  await (await listed).finished();
  await page.evaluate(() => fetch('/healthz').then((response) => response.text())); // the list is shown
  assert.ok(await kept.isVisible());
  await closePage(page);
});

test('renames a device in its place, by keyboard, and goes back to what it was called', async () => {
  const { user, own, other } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  const nameOf = async () => (await stack.call(own.token, 'GET', '/api/v1/auth/sessions')).body.find((s) => s.id === other.id).name;
  await rename(page, 'Firefox on Linux').press('Enter');
  await page.keyboard.type('  Küche & <b>Bad</b> ');
  await examine(page, 'rename');
  await stack.mint(user, { user_agent: 'curl/8.5.0' });
  await comeBack(page);
  await device(page, 'curl 8.5').waitFor();
  await page.keyboard.press('Enter'); // the next list has taken nothing of it
  await said(page).getByText('This device is called Küche & <b>Bad</b> now.').waitFor();
  assert.equal(await nameOf(), 'Küche & <b>Bad</b>');
  assert.deepEqual(await names(page), ['Chrome on Windows', 'curl 8.5', 'Küche & <b>Bad</b>', 'path CLI 0.8 on macOS']);
  await device(page, 'Küche').locator('.recognised').getByText('Firefox on Linux').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Rename Küche & <b>Bad</b>');

  await page.keyboard.press('Enter');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Escape');
  assert.equal((await names(page))[2], 'Küche & <b>Bad</b>', 'put away');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Enter');
  await said(page).getByText('This device is called Firefox on Linux now.').waitFor();
  assert.equal(await nameOf(), undefined);
  await closePage(page);
});

test('a name that the service refuses stays where it was typed', async () => {
  const { own } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await rename(page, 'Firefox on Linux').click();
  await nameField(page).fill('\u200b');
  await page.getByRole('button', { name: 'Save' }).click();
  await said(page).getByText('This name does not work.').waitFor();
  assert.equal(await nameField(page).inputValue(), '\u200b');
  assert.equal(await nameField(page).evaluate((node) => node === document.activeElement), true);
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.deepEqual((await names(page))[1], 'Firefox on Linux');
  await closePage(page);
});

test('says so when what is renamed was signed out already', async () => {
  const { own, other } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  await rename(page, 'Firefox on Linux').click();
  await nameField(page).fill('Gone');
  await stack.call(other.token, 'POST', '/api/v1/auth/logout');
  await page.getByRole('button', { name: 'Save' }).click();
  await said(page).getByText('Firefox on Linux was signed out already.').waitFor();
  assert.equal((await names(page)).length, 2);
  await closePage(page);
});

test('a name under way when somebody else signs in is not said to them', async () => {
  const [one, another] = [await threeDevices(stack), await threeDevices(stack)];
  let letGo;
  const signedIn = new Promise((resolve) => { letGo = resolve; });
  const page = await openPage(browser, stack, {
    token: one.own.token,
    before: (p) => p.route(`**/api/v1/auth/sessions/${one.other.id}`, async (route) => {
      await signedIn;
      await route.fulfill({ status: 204 });
    }),
  });
  await rename(page, 'Firefox on Linux').click();
  await nameField(page).fill('Secret');
  const asked = page.waitForRequest((request) => request.method() === 'PATCH');
  await page.getByRole('button', { name: 'Save' }).click();
  await asked;
  await carry(page.context(), stack, another.own.token);
  await comeBack(page);
  await page.getByText(`Signed in as ${another.user}`).waitFor();
  letGo();
  await (await asked).response();
  await page.evaluate(() => fetch('/healthz').then((response) => response.text()));
  const inputs = await page.locator('input').evaluateAll((nodes) => nodes.map((node) => node.value).join());
  assert.ok(!(await page.content() + inputs).includes('Secret'));
  await closePage(page);
});

test('puts browsers and programs into groups where there are both', async () => {
  const { own, cli } = await threeDevices(stack);
  const page = await openPage(browser, stack, { token: own.token });
  const group = (name) => page.getByRole('region', { name, exact: true }).locator('.name');
  await group('Browsers').first().waitFor();
  assert.deepEqual(await group('Browsers').allTextContents(), ['Chrome on Windows', 'Firefox on Linux']);
  assert.deepEqual(await group('Command-line programs').allTextContents(), ['path CLI 0.8 on macOS']);
  await stack.call(cli.token, 'POST', '/api/v1/auth/logout');
  await comeBack(page);
  await page.getByRole('heading', { name: 'Browsers' }).waitFor({ state: 'hidden' });
  assert.deepEqual(await names(page), ['Chrome on Windows', 'Firefox on Linux']);
  await closePage(page);
});

// A person with 14 sessions, newest first: their browser, some that are in use, and five that are not any more.
async function fourteen(more = (p) => p) {
  const user = newUser();
  const minted = [];
  for (let i = 0; i < 13; i += 1) {
    const kind = i % 4 === 1 ? 'cli' : 'web';
    minted.push(await stack.mint(user, { kind, user_agent: kind === 'cli' ? `tool-${i}/1.0` : firefoxOnLinux, place: i === 2 ? 'Zürich' : 'Bern' }));
  }
  const own = await stack.mint(user, { user_agent: chromeOnWindows });
  const unused = new Set(minted.slice(0, 5).map((s) => s.id));
  const change = (list) => list.map((s) => ({ ...s, created_at: ago(90 * day), last_seen_at: ago(unused.has(s.id) ? 31 * day : 29 * day) }));
  const page = await openPage(browser, stack, { token: own.token, before: async (p) => { await more(p, minted); await retold(change)(p); } });
  await page.getByText('Signed in as').waitFor();
  return { page, minted, own };
}

test('has a search above twelve devices, which finds by all that a person knows of one', async () => {
  const { page, minted } = await fourteen();
  const field = page.getByLabel('Search your devices');
  const seen = () => page.locator('.name').filter({ visible: true }).allTextContents();
  await field.fill('zürich fire');
  await page.getByText('1 device found').waitFor();
  assert.deepEqual(await seen(), ['Firefox on Linux']);
  assert.equal(await page.getByRole('button', { name: /other sessions$/ }).isVisible(), false, 'which would end others, too');
  await examine(page, 'search');
  await field.fill(minted[1].id);
  await page.getByText('1 device found').waitFor();
  assert.deepEqual(await seen(), ['tool-1 1.0']);
  await field.fill('nowhere');
  await page.getByText('No device found').waitFor();
  assert.deepEqual(await seen(), []);
  await examine(page, 'search-nothing');
  await field.fill('');
  assert.equal((await seen()).length, 14);
  for (const { token } of minted.slice(0, 2)) await stack.call(token, 'POST', '/api/v1/auth/logout');
  await comeBack(page);
  await field.waitFor({ state: 'hidden' });
  await closePage(page);
});

test('ends at once what was not active for 30 days: it counts, asks, and leaves all others', async () => {
  const { page, minted } = await fourteen();
  await examine(page, 'many');
  await page.getByRole('button', { name: 'Sign out 5 not active for 30 days' }).click();
  await page.getByRole('dialog', { name: 'Sign out 5 sessions that were not active for 30 days?' }).waitFor();
  await answer(page, 'Cancel');
  assert.equal((await names(page)).length, 14);
  await page.getByRole('button', { name: 'Sign out 5 not active for 30 days' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('5 sessions are signed out.').waitFor();
  assert.equal((await names(page)).length, 9);
  const statuses = await Promise.all(minted.map(async ({ token }) => (await stack.call(token, 'GET', '/api/v1/u/me')).status));
  assert.deepEqual(statuses, [...Array(5).fill(401), ...Array(8).fill(200)]);
  await closePage(page);
});

test('says so when only some of them could be ended, and shows which', async () => {
  const { page, minted } = await fourteen((p, list) => p.route(`**/api/v1/auth/sessions/${list[1].id}`, (route) => route.abort(), { times: 1 }));
  await page.getByRole('button', { name: 'Sign out 5 not active for 30 days' }).click();
  await answer(page, 'Sign out');
  await said(page).getByText('This may or may not have been done').waitFor();
  assert.equal((await names(page)).length, 11);
  assert.equal((await stack.call(minted[1].token, 'GET', '/api/v1/u/me')).status, 200);
  await comeBack(page);
  await nothingSaid(page);
  assert.equal((await names(page)).length, 11);
  await closePage(page);
});

test('shows 100 devices, and says how long that takes on a slow phone', async () => {
  const own = await stack.mint(newUser(), { user_agent: chromeOnWindows });
  const agents = [chromeOnWindows, firefoxOnLinux, 'path-cli/0.8.1 (macOS; arm64)', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1'];
  const change = ([current]) => [current, ...Array.from({ length: 99 }, (_, i) => ({
    ...current, id: `${String(i).padStart(8, '0')}${current.id.slice(8)}`, is_current: false, kind: i % 4 === 2 ? 'cli' : 'web', user_agent: `${agents[i % 4]} x/${i}`,
    created_at: ago(i * day), last_seen_at: ago(i * hour), place: 'Berlin, DE', ip: '203.0.113.7', amr: ['pwd'],
  }))];
  let many = false; // the first of the 100 are told to a page that has recognised one device only
  const page = await openPage(browser, stack, { token: own.token, before: retold((list) => (many ? change(list) : list)), viewport: { width: 390, height: 844 } });
  await page.getByText('Signed in as').waitFor();
  many = true;
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  // From the list to the frame that shows it: once more, as another list of another person.
  const measure = () => page.evaluate(async () => {
    const { clearSessions, showSessions } = await import('/settings/sessions/list.js');
    const list = await (await fetch('/api/v1/auth/sessions')).json();
    clearSessions();
    await new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });
    const begin = performance.now();
    showSessions(list, {});
    const built = performance.now() - begin;
    document.body.getBoundingClientRect(); // styles and layout
    return [built, performance.now() - begin].map(Math.round);
  });
  const times = [];
  for (let i = 0; i < 5; i += 1) times.push(await measure());
  console.log(`100 devices at a fourth of the CPU's speed: ${times.map(([built, all]) => `${all} ms (${built} of them scripts)`).join(', ')}`);
  assert.equal((await names(page)).length, 100);
  await picture(page, 'hundred');
  await closePage(page);
});
