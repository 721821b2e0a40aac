// Signing in by a login service of nginx/examples/login, as `make run` has one: what only a browser shows. It says which
// origin a form comes from, keeps Secure and SameSite cookies, and obeys the page's policy.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startGithub } from '../login/github.mjs';
import { closePage, examine, launch, openPage } from './browser.mjs';
import { freePort, startStack } from './stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const path = '/login?rd=%2Fsettings%2Fsessions%2F';
const asked = '/app/?x=1&y=%C3%A9';
const fill = async (page, name, password) => {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};
const listed = async (page, user) => {
  await page.waitForURL('**/settings/sessions/');
  await page.getByText(`Signed in as ${user}`).waitFor();
  await page.getByRole('listitem').filter({ hasText: 'This device' }).waitFor();
  assert.equal(await page.getByRole('listitem').count(), 1);
};

test('a newcomer signs in with what make run prints, anew, and out', async (t) => {
  const stack = await startStack({ LOGIN: 'python' });
  t.after(() => stack.stop());
  const password = /as alice with the password (\S+):/.exec(stack.printed())?.[1];
  const page = await openPage(browser, stack, { path: asked });
  await page.waitForURL('**/login?rd=*');
  assert.equal(await page.getByRole('button', { name: 'Sign in with GitHub' }).count(), 0, 'without an OAuth App');
  await examine(page, 'login');
  await fill(page, 'alice', 'a guess');
  await page.getByRole('alert').getByText('The name or the password is wrong').waitFor();
  await fill(page, 'alice', password);
  await page.waitForURL(stack.url + asked);
  await page.getByText('user=login:alice').waitFor();
  await page.goto(stack.url + path);
  await fill(page, 'alice', password);
  await listed(page, 'alice');
  await page.getByRole('button', { name: 'Sign out on this device' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await fill(page, 'alice', password);
  await listed(page, 'alice');
  await closePage(page);
});

test('a browser that hints what it is is called so', async (t) => {
  const stack = await startStack({ LOGIN: 'python' });
  t.after(() => stack.stop());
  const password = /as alice with the password (\S+):/.exec(stack.printed())?.[1];
  const page = await openPage(browser, stack, { path: '/login' });
  const version = '142';
  await (await page.context().newCDPSession(page)).send('Emulation.setUserAgentOverride', {
    userAgent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
    userAgentMetadata: {
      brands: ['Chromium', 'Brave', 'Not_A Brand'].map((brand) => ({ brand, version })),
      platform: 'Windows', platformVersion: '15.0.0', architecture: 'x86', model: '', mobile: false,
    },
  });
  await page.goto(stack.url + path);
  await fill(page, 'alice', password);
  await listed(page, 'alice');
  await page.getByRole('listitem').getByText('Brave on Windows 11', { exact: true }).waitFor();
  await closePage(page);
});

test('signs in with GitHub, and by no form of another site', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sessiond-login.'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'secret'), 'secret');
  const port = await freePort();
  const github = await startGithub(`http://localhost:${port}`, { id: 'site', secret: 'secret' }); // 127.0.0.1 is another site
  t.after(() => github.stop());
  github.account = 583231;
  const stack = await startStack({
    LOGIN: 'python', LOGIN_USERS: fileURLToPath(new URL('../login/users.json', import.meta.url)), LOGIN_GITHUB_ID: 'site',
    LOGIN_GITHUB_SECRET: join(folder, 'secret'), LOGIN_GITHUB: github.url, LOGIN_GITHUB_API: github.url,
  }, port);
  t.after(() => stack.stop());

  const page = await openPage(browser, stack, { path });
  await page.getByRole('button', { name: 'Sign in with GitHub' }).click();
  await listed(page, 'alice');
  assert.deepEqual(page.faults.filter((fault) => !fault.startsWith(`asked ${github.url}/`)), []);
  assert.deepEqual((await page.context().cookies()).filter(({ name }) => name === '__Secure-login'), []);

  await page.goto(`${github.url}/elsewhere`);
  await page.setContent(`<form method="post" action="${stack.url}/login"><button name="do" value="out">Win</button></form>`);
  const answered = page.waitForResponse(`${stack.url}/login`);
  await page.getByRole('button', { name: 'Win' }).click();
  assert.equal((await answered).status(), 403);
  await page.goto(`${stack.url}/settings/sessions/`);
  await listed(page, 'alice');
  await page.context().close();
});
