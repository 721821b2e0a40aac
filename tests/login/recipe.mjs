// What a recipe of nginx/examples/login does, with the real stack and an OAuth server in GitHub's place: what a person
// with a browser, here curl, gets, and what somebody gets who means harm.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, afterEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, startStack } from '../browser/stack.mjs';
import { startGithub } from './github.mjs';
import { userAgent, Visitor } from './visitor.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const client = { id: 'Iv1.site', secret: 'a secret of the site' };
const alice = { do: 'password', name: 'alice', password: 'correct horse' };
// Takes a sixth of a second. Those of users.json take a millisecond.
const slowHash = '$argon2id$v=19$m=19456,t=12,p=1$XutmdTIPVzpw8GYsm3KVaA$n+pZ1Rck6vSwj87YjH+98g';
const zoe = { do: 'password', name: 'zoë', password: 'battery staple' };
const asked = '/app/?x=1&y=2';
const login = (rd) => `/login?rd=${encodeURIComponent(rd)}`;
const elsewhere = ['https://evil.example/', 'http://evil.example/app/', '//evil.example/', '/\\evil.example', '\\evil.example',
  '///evil.example', 'javascript:alert(1)', '/app/\r\nSet-Cookie: a=b', '/\t/evil.example', '/app/\u0000', '/app/\u00e9',
  'app/', '', '/ /evil.example', `/app/${'a'.repeat(8192 - 400)}`];

const brands = (...names) => [...names, 'Not?A_Brand'].map((name) => `"${name}";v="142"`).join(', ');
// Sec-CH-UA, -Platform, -Platform-Version and -Model, and what the device is called then.
const hinted = [
  [brands('Chromium', 'Brave'), '"Windows"', '"15.0.0"', '""', 'Brave on Windows 11'],
  [brands('Google Chrome', 'Chromium'), '"Windows"', '"10.0.0"', '""', 'Chrome on Windows 10'],
  [brands('Google Chrome', 'Chromium'), '"Windows"', '"0.3.0"', '""', 'Chrome on Windows'],
  [brands('Google Chrome', 'Chromium'), '"Android"', '"16.0.0"', '"Pixel 9"', 'Chrome on Android (Pixel 9)'],
  [brands('Chromium', 'Microsoft Edge'), '"macOS"', undefined, undefined, 'Edge on macOS'],
  [brands('Google Chrome', 'Chromium'), '"Chrome OS"', '"16093.57.0"', '"\\"; x"', 'Chrome on ChromeOS'],
  [brands('Chromium'), '"Linux"', '""', '""', undefined],
  [brands('Brave'), '"Windows 95"', '""', '""', undefined],
  [undefined, undefined, undefined, undefined, undefined],
];

/** The tests of one recipe. */
export function testRecipe(language, ...files) {
  describe(language, () => {
    let github;
    let stack;
    let visitor;
    const folder = mkdtempSync(join(tmpdir(), 'sessiond-login.'));
    const settings = {
      LOGIN: language, LOGIN_USERS: join(folder, 'users.json'), LOGIN_GITHUB_ID: client.id, LOGIN_GITHUB_SECRET: join(folder, 'secret'),
    };
    before(async () => {
      const port = await freePort();
      github = await startGithub(`http://localhost:${port}`, client);
      writeFileSync(join(folder, 'secret'), `${client.secret}\n`);
      copyFileSync(here('users.json'), settings.LOGIN_USERS);
      stack = await startStack({
        ...settings, LOGIN_GITHUB: github.url, LOGIN_GITHUB_API: github.url, SESSIOND_RECORD_ACTIVITY: 'true', SESSIOND_RECORD_IP: 'full',
      }, port);
    });
    after(async () => {
      await stack?.stop();
      github?.stop();
      rmSync(folder, { recursive: true });
    });
    beforeEach(async () => {
      const { token } = await stack.mint('1');
      await stack.call(token, 'DELETE', '/api/v1/auth/sessions');
      await stack.call(token, 'POST', '/api/v1/auth/logout');
      github.account = 583231;
      visitor = new Visitor(stack.url);
    });
    afterEach(() => visitor.close());

    // Nobody is signed in by this answer, and it says no more than that.
    const assertRefused = async (answer, status = 401) => {
      assert.equal(answer.status, status);
      assert.equal(visitor.cookie('__Host-session'), undefined);
      assert.match(answer.body, /<form method="post">/);
      assert.equal(answer.header('cache-control'), 'no-store');
    };

    // What every way of signing in comes to: back at the page, listed as it is, and out once revoked.
    const assertSignedIn = async (answer) => {
      assert.deepEqual([answer.status, answer.header('location')], [303, asked]);
      assert.equal(answer.header('cache-control'), 'no-store');
      const page = await visitor.ask(answer.header('location'));
      assert.match(page.body, /^user=1 session=.* kind=web /);
      const [session, ...others] = await visitor.sessions();
      assert.deepEqual(others, []);
      assert.deepEqual([session.kind, session.user_agent, session.is_current], ['web', userAgent, true]);
      assert.match(session.ip, /^127\.1\./, 'the visitor’s, not nginx’s');
      assert.equal((await visitor.ask(`/api/v1/auth/sessions/${session.id}`, '-X', 'DELETE')).status, 204);
      assert.equal((await visitor.ask(asked)).status, 401);
    };

    test('is at most 60 lines a file', () => {
      for (const file of files) {
        const lines = readFileSync(here(`../../nginx/examples/login/${file}`), 'utf8').trimEnd().split('\n');
        assert.ok(lines.length <= 60, `${file}: ${lines.length} lines`);
        assert.deepEqual(lines.filter((line) => line.length > 120), []);
      }
    });

    test('signs in by password, and leads back to the page that was asked for', async () => {
      const page = await visitor.ask(login(asked));
      assert.equal(page.status, 200);
      assert.match(page.header('content-security-policy'), /^default-src 'none'/);
      await assertSignedIn(await visitor.send(login(asked), alice));
    });

    // Or a location that asks for a fresh proof would send people round in circles.
    test('tells when and how a password proved who somebody is, and nothing of what GitHub knows', async () => {
      await visitor.send('/login', alice);
      const [byPassword] = await visitor.sessions();
      assert.deepEqual(byPassword.amr, ['pwd']);
      assert.ok(Math.abs(Date.parse(byPassword.auth_time) - Date.now()) < 60_000, byPassword.auth_time);
      await visitor.back(await visitor.send('/login', { do: 'github' }));
      const [byGithub] = await visitor.sessions();
      assert.notEqual(byGithub.id, byPassword.id);
      assert.equal(byGithub.auth_time ?? byGithub.amr, undefined);
      assert.equal((await visitor.ask(`/api/v1/auth/sessions/${byGithub.id}`, '-X', 'DELETE')).status, 204);
    });

    test('calls the device as the browser hints, and asks for what it does not say by itself', async () => {
      assert.equal((await visitor.ask('/login')).header('accept-ch'), 'Sec-CH-UA-Model, Sec-CH-UA-Platform-Version');
      for (const [brand, platform, version, model, device] of hinted) {
        const told = { 'Sec-CH-UA': brand, 'Sec-CH-UA-Platform': platform, 'Sec-CH-UA-Platform-Version': version, 'Sec-CH-UA-Model': model, Device: 'a TARDIS' };
        const headers = Object.entries(told).filter(([, value]) => value !== undefined).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
        await visitor.send('/login', alice, undefined, ...headers);
        const [session, ...others] = await visitor.sessions();
        assert.deepEqual([session.device, others], [device, []], headers.join());
      }
    });

    test('signs in with GitHub, and leads back to the page that was asked for', async () => {
      const away = await visitor.send(login(asked), { do: 'github' });
      const to = new URL(away.header('location'));
      assert.deepEqual([away.status, to.origin + to.pathname], [303, `${github.url}/authorize`]);
      assert.equal(to.searchParams.get('redirect_uri'), `${stack.url}/login`);
      assert.equal(to.searchParams.get('code_challenge_method'), 'S256');
      assert.match(away.header('set-cookie'), /^__Host-login=[^;]{43,}; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/i);
      await assertSignedIn(await visitor.back(away));
      assert.equal(visitor.cookie('__Host-login'), undefined);
    });

    test('does not tell which of name and password was wrong, not even by the time it takes', async () => {
      const wrong = [
        { ...alice, password: 'battery staple' },
        { ...alice, name: 'mallory' },
        { ...alice, name: '__proto__' },
        { do: 'password' },
      ];
      writeFileSync(settings.LOGIN_USERS, JSON.stringify({ alice: { password: slowHash } }));
      const times = wrong.map(() => []);
      const bodies = new Set();
      for (let round = 0; round < 5; ++round) { // by turns, as a busy machine is busy for all of them
        for (const [i, fields] of wrong.entries()) {
          const begin = performance.now();
          const answer = await visitor.send('/login', fields);
          times[i].push(performance.now() - begin);
          await assertRefused(answer);
          bodies.add(answer.body);
        }
      }
      copyFileSync(here('users.json'), settings.LOGIN_USERS);
      assert.equal(bodies.size, 1);
      const [known, ...unknown] = times.map((each) => Math.min(...each));
      for (const time of unknown) assert.ok(time > known / 4, `${time} ms, and ${known} for a name that is known`);
    });

    test('takes a form by POST only, as nothing else is counted and judged by its origin', async () => {
      const form = Object.entries(alice).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]);
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'GET']) {
        const stranger = new Visitor(stack.url);
        const answer = await stranger.ask('/login', '-X', method, '-H', 'Origin:', ...form);
        assert.equal(answer.status, method === 'GET' ? 200 : 403, method);
        assert.equal(await stranger.sessions(), 401, method);
        stranger.close();
      }
    });

    test('does not let one client come back from GitHub on and on', async () => {
      const guesser = new Visitor(stack.url, '127.2.0.2');
      const tried = await Promise.all(Array.from({ length: 30 }, () => guesser.ask('/login?state=a&code=b')));
      assert.ok(tried.some(({ status }) => status === 429));
      guesser.close();
    });

    test('does not let one client try on and on', async () => {
      const guesser = new Visitor(stack.url, '127.2.0.1');
      const tried = await Promise.all(Array.from({ length: 30 }, () => guesser.send('/login', { ...alice, password: 'a guess' })));
      const statuses = tried.map(({ status }) => status);
      assert.deepEqual([...new Set(statuses)].sort(), [401, 429]);
      assert.equal((await guesser.ask('/login')).status, 200);
      guesser.close();
    });

    test('leads nowhere but to this site', async () => {
      for (const rd of elsewhere) {
        const answer = await visitor.send(login(rd), alice);
        if (rd.length > 7000 && [400, 414].includes(answer.status)) continue; // the request was too long for a server
        assert.deepEqual([answer.status, answer.header('location')], [303, '/'], rd.slice(0, 100));
      }
      for (const rd of ['/', asked, '/a%0d%0ab?c=//d', `${stack.url}${asked}`]) {
        assert.equal((await visitor.send(login(rd), alice)).header('location'), rd);
      }
      const next = [`${stack.url}.evil.example/`, `${stack.url}@evil.example/`, `${stack.url}//evil.example`, stack.url.replace('http:', 'https:') + '/'];
      for (const rd of next) assert.equal((await visitor.send(login(rd), alice)).header('location'), '/', rd);
    });

    test('leads nowhere but to this site by way of GitHub, whatever the cookie says', async () => {
      for (const rd of [...elsewhere.filter((each) => !/[\u0000\r\n]/.test(each)), `/app/?${'&'.repeat(990)}`]) {
        const away = await visitor.send(login(rd), { do: 'github' });
        if (rd.length > 7000 && [400, 414].includes(away.status)) continue;
        const back = await visitor.back(away);
        assert.deepEqual([back.status, back.header('location')], [303, rd.startsWith('/app/?') ? rd : '/'], rd.slice(0, 100));
      }
      for (const rd of elsewhere) {
        const away = await visitor.send(login(asked), { do: 'github' });
        const cookie = visitor.cookie('__Host-login');
        visitor.setCookie('__Host-login', cookie.slice(0, cookie.indexOf('.') + 1) + encodeURIComponent(rd).slice(0, 3900));
        assert.equal((await visitor.back(away)).header('location'), '/', rd.slice(0, 100));
      }
    });

    test('leaves no session behind that nobody has, whatever the cookie says', async () => {
      const away = await visitor.send(login(asked), { do: 'github' });
      const cookie = visitor.cookie('__Host-login');
      visitor.setCookie('__Host-login', `${cookie.slice(0, cookie.indexOf('.'))}.%zz`);
      await visitor.back(away);
      const { token } = await stack.mint('1');
      const { body: sessions } = await stack.call(token, 'GET', '/api/v1/auth/sessions');
      assert.equal(sessions.length, visitor.cookie('__Host-session') ? 2 : 1);
    });

    test('signs nobody in where it was not told which site it is', async () => {
      const nameless = await startStack({ ...settings, LOGIN_ORIGIN: '' });
      try {
        const stranger = new Visitor(nameless.url);
        assert.ok((await stranger.send('/login', alice, '')).status >= 400);
        assert.equal(stranger.cookie('__Host-session'), undefined);
        stranger.close();
      } finally {
        await nameless.stop();
      }
    });

    test('replaces the session that the browser had', async () => {
      await visitor.send('/login', alice);
      const [first] = await visitor.sessions();
      const other = new Visitor(stack.url);
      await other.send('/login', alice);
      assert.equal((await visitor.sessions()).length, 2);
      for (const again of [alice, { do: 'github' }]) {
        const answer = await visitor.send('/login', again);
        await visitor.back(answer);
        const sessions = await visitor.sessions();
        assert.equal(sessions.length, 2);
        assert.ok(!sessions.some(({ id }) => id === first.id));
      }
      assert.equal((await other.sessions()).length, 2);
      other.close();
    });

    test('signs somebody else in in the same browser, and ends no session of another for it', async () => {
      await visitor.send('/login', zoe);
      const { id } = (await visitor.sessions()).find(({ is_current: isCurrent }) => isCurrent);
      const answer = await visitor.send(login(asked), alice);
      assert.deepEqual([answer.status, answer.header('location')], [303, asked]);
      assert.equal((await visitor.sessions()).length, 1);
      await visitor.send('/login', zoe);
      assert.ok((await visitor.sessions()).some((session) => session.id === id));
      await visitor.ask('/api/v1/auth/sessions', '-X', 'DELETE');
      await visitor.send('/login', { do: 'out' });
    });

    test('signs out, and ends just that session', async () => {
      const other = new Visitor(stack.url);
      for (const who of [zoe, alice]) {
        await other.send('/login', who);
        await visitor.send('/login', who);
        const token = visitor.cookie('__Host-session');
        assert.equal((await visitor.sessions()).length, 2);
        const answer = await visitor.send('/login', { do: 'out' });
        assert.deepEqual([answer.status, answer.header('location')], [303, '/']);
        assert.equal(visitor.cookie('__Host-session'), undefined);
        assert.equal((await stack.call(token, 'GET', '/api/v1/u/me')).status, 401);
        assert.equal((await other.sessions()).length, 1);
        await other.send('/login', { do: 'out' });
      }
      assert.equal((await visitor.send('/login', { do: 'out' })).status, 303, 'once more does no harm');
      other.close();
    });

    test('takes no form of another site', async () => {
      await visitor.send('/login', alice);
      for (const origin of ['https://evil.example', 'null', `${stack.url}.evil.example`, undefined]) {
        for (const fields of [zoe, { do: 'out' }, { do: 'github' }]) {
          const answer = await visitor.send('/login', fields, origin ?? '');
          assert.deepEqual([answer.status, answer.header('set-cookie')], [403, undefined]);
        }
      }
      assert.match((await visitor.ask('/app/')).body, /^user=1 /);
    });

    test('takes from GitHub only what this browser began, and once', async () => {
      const away = await visitor.send(login(asked), { do: 'github' });
      const stranger = new Visitor(stack.url);
      const callback = await stranger.atGithub(away);
      const refused = async (who, url) => {
        const answer = await who.ask(url);
        assert.equal(answer.status, 401);
        assert.equal(who.cookie('__Host-session'), undefined);
      };
      await refused(stranger, callback); // without a cookie
      await refused(stranger, callback.replace(/state=[^&]*/, 'state=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')); // the hash of nothing
      await stranger.send('/login', { do: 'github' });
      await refused(stranger, callback); // with the cookie of a sign-in of its own
      await refused(visitor, callback.replace(/state=[^&]*/, 'state=x'));
      await refused(visitor, callback.replace(/state=[^&]*/, 'state=x%C3%A9'));
      const cookie = visitor.cookie('__Host-login');
      assert.equal((await visitor.ask(callback)).status, 303);
      assert.equal(visitor.cookie('__Host-login'), undefined);
      await visitor.send('/login', { do: 'out' });
      await refused(visitor, callback); // a second time
      await visitor.send('/login', { do: 'github' });
      visitor.setCookie('__Host-login', cookie); // and if the cookie had stayed: GitHub takes no code twice
      await refused(visitor, callback);
      stranger.close();
    });

    test('takes nobody whom GitHub does not name, or who is not known here', async () => {
      const away = await visitor.send(login(asked), { do: 'github' });
      await assertRefused(await visitor.ask(`/login?error=access_denied&state=${new URL(away.header('location')).searchParams.get('state')}`));
      await assertRefused(await visitor.ask(`/login?code=x&state=${new URL(away.header('location')).searchParams.get('state')}`));
      for (const account of [0, 1, 583232]) {
        github.account = account;
        await assertRefused(await visitor.back(await visitor.send(login(asked), { do: 'github' })));
      }
    });

    test('says so when nobody can be signed in, and soon', async () => {
      const token = (await stack.mint('2')).token;
      stack.pause('worker');
      try {
        const begin = performance.now();
        await assertRefused(await visitor.send('/login', alice), 503);
        assert.ok(performance.now() - begin < 10_000);
      } finally {
        stack.resume('worker');
      }
      assert.equal((await visitor.send('/login', alice)).status, 303);
      assert.equal((await stack.call(token, 'GET', '/api/v1/u/me')).status, 200);
      stack.pause('redis');
      try {
        const answer = await visitor.send('/login', { do: 'out' });
        assert.deepEqual([answer.status, answer.header('set-cookie')], [503, undefined]);
      } finally {
        stack.resume('redis');
      }
      let sessions;
      do sessions = await visitor.sessions(); while (sessions === 503); // until the worker has Redis again
      assert.equal(sessions.length, 1, 'who could not be signed out is still signed in');
    });
  });
}
