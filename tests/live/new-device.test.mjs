// What nginx/examples/live/new-device.mjs mails, and what the link in a mail does, with the real stack, `sessiond deliver`
// and a sendmail that keeps what it gets.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test as testOfNode } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { freePort, startStack } from '../browser/stack.mjs';
import { key, secret, startDelivering, until } from './webhooks.mjs';

const test = (name, body) => testOfNode(name, { timeout: 90_000 }, body);
const root = fileURLToPath(new URL('../..', import.meta.url));
const newPassword = 'https://passwords.example/new?a=1';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0';

describe('a sign-in on a new device', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessiond-new-device.'));
  const [mailed, done] = [join(folder, 'mailed'), join(folder, 'done')];
  let stack;
  let listen;
  let program;
  let deliver;

  const there = () => new Promise((yes) => {
    const [host, port] = listen.split(':');
    const socket = connect(Number(port), host, () => socket.destroy() && yes(true)).on('error', () => yes(false));
  });
  const start = async () => {
    program = spawn('node', [join(root, 'nginx/examples/live/new-device.mjs')], {
      stdio: ['ignore', 'inherit', 'pipe'],
      env: {
        ...process.env, MAILED: mailed, NEW_DEVICE_ORIGIN: stack.url, NEW_DEVICE_PASSWORD_URL: newPassword, NEW_DEVICE_DONE: done,
        NEW_DEVICE_SECRET: join(folder, 'secret'), NEW_DEVICE_SENDMAIL: join(folder, 'sendmail'), NEW_DEVICE_LISTEN: listen,
        NEW_DEVICE_SESSIOND: stack.internal,
      },
    });
    program.said = '';
    program.stderr.on('data', (data) => { program.said += data; });
    await until(() => {
      assert.equal(program.exitCode, null, program.said);
      return there();
    });
  };
  const end = async (child) => {
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const restart = () => end(program).then(start);

  before(async () => {
    mkdirSync(mailed);
    mkdirSync(done);
    writeFileSync(join(folder, 'secret'), `${secret}\n`);
    writeFileSync(join(folder, 'sendmail'), `#!/bin/sh
[ "$*" = "-t -i" ] && [ ! -e "$MAILED/broken" ] || exit 75
file=$(mktemp "$MAILED/XXXXXX") && cat > "$file" && mv "$file" "$file.mail"
`, { mode: 0o755 });
    listen = `127.0.0.1:${await freePort()}`;
    stack = await startStack({
      SESSIOND_EVENTS_KEPT: '1h', SESSIOND_KNOWN_DEVICES: '90d', SESSIOND_RECORD_ACTIVITY: 'true', SESSIOND_RECORD_IP: 'truncated',
      SESSIOND_BAR_USERS: 'true', // so that an event tells each time that all end
      NEW_DEVICE_LISTEN: listen,
    });
    await start();
    deliver = startDelivering({ folder, redis: stack.redis, url: `http://${listen}/webhook`, kept: '1h' });
    await until(() => deliver.said.includes('delivering events'));
  });
  after(async () => {
    await deliver?.end('SIGKILL');
    await end(program);
    await stack?.stop();
    rmSync(folder, { recursive: true });
  });

  const signIn = (user, more = {}) => {
    const at = '2026-01-01T00:00:00.000Z';
    const { email = `${user}@example.org`, ...rest } = more;
    return stack.mint(user, { user: { id: user, username: user, email, created_at: at, updated_at: at }, user_agent: firefox, ...rest });
  };
  const mails = (to) => readdirSync(mailed).filter((name) => name.endsWith('.mail')).map((name) => {
    const [head, ...body] = readFileSync(join(mailed, name), 'utf8').split('\n\n');
    return { head: head.split('\n'), body: Buffer.from(body.join(''), 'base64').toString() };
  }).filter(({ head }) => head.includes(`To: ${to}@example.org`));
  const mailTo = (user, count = 1) => until(() => mails(user).length >= count && mails(user).at(-1));
  const linkIn = ({ body }) => new URL(/^https?:.*$/m.exec(body)[0]);
  const open = (link, method = 'GET') => fetch(link, { method, redirect: 'manual', signal: AbortSignal.timeout(20_000) });
  const lives = async ({ token }) => (await stack.call(token, 'GET', '/api/v1/auth/sessions')).status === 200;
  // Events are posted in their order: what happened before somebody else's sign-in has come when that is mailed.
  let others = 0;
  const untilTold = async () => {
    const user = `other-${++others}`;
    await signIn(user);
    await mailTo(user);
  };

  test('is mailed with what is known of it, and one on a known device is not', async () => {
    await signIn('alice', { ip: '203.0.113.7', place: 'Zürich', device: 'Brave on Windows 11' });
    const { head, body } = await mailTo('alice');
    assert.deepEqual(head, ['From: no-reply@localhost', 'To: alice@example.org', 'Subject: A sign-in on a new device',
      'Auto-Submitted: auto-generated', 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64']);
    assert.match(body, /^When: \d{4}-\d\d-\d\d \d\d:\d\d UTC\r$/m);
    assert.match(body, /^On: Brave on Windows 11\r$/m);
    assert.match(body, /^From: Zürich, 203\.0\.113\.0\/24\r$/m);
    assert.ok(linkIn({ body }).href.startsWith(`${stack.url}/not-me?`));
    await signIn('alice', { ip: '203.0.113.99', place: 'Bern', device: 'Brave on Windows 12' });
    await untilTold();
    assert.equal(mails('alice').length, 1);
  });

  test('is ended by the link with all else of the person, and only by the button, and once', async () => {
    const mine = await signIn('bob');
    const theirs = await signIn('bob', { user_agent: 'curl/8' });
    const { body: { code } } = await stack.call(theirs.token, 'POST', '/api/v1/auth/cli/request-grant');
    const { body: cli } = await stack.call('', 'POST', '/api/v1/auth/cli/redeem', { code });
    const link = linkIn(await mailTo('bob'));
    for (const method of ['GET', 'HEAD']) {
      const page = await open(link, method);
      assert.equal(page.status, 200);
      if (method === 'GET') assert.match(await page.text(), /<form method="post"><button>/);
    }
    assert.ok(await lives(mine) && await lives(theirs) && await lives(cli));
    const ended = await open(link, 'POST');
    assert.equal(ended.status, 303);
    assert.equal(ended.headers.get('location'), newPassword);
    for (const each of [mine, theirs, cli]) assert.ok(!await lives(each));
    const next = await signIn('bob');
    for (const method of ['GET', 'POST']) assert.equal((await open(link, method)).status, 403);
    assert.ok(await lives(next));
    await mailTo('bob', 4); // who was ended is not known any more, as whoever it was is not
  });

  test('is ended once also where the button is pressed twice at a time, and after a restart', async () => {
    await signIn('carol');
    const link = linkIn(await mailTo('carol'));
    const pressed = (await Promise.all([1, 2, 3, 4].map(() => open(link, 'POST')))).map(({ status }) => status);
    assert.ok(pressed.includes(303) && pressed.every((status) => [303, 403].includes(status)), `${pressed}`);
    const events = stack.redisCli('XRANGE', 'sessiond:events', '-', '+').split('\nevent\n');
    assert.equal(events.filter((event) => event.startsWith('all-ended\n') && event.includes('\ncarol\n')).length, 1);
    const next = await signIn('carol');
    await restart();
    for (const method of ['GET', 'POST']) assert.equal((await open(link, method)).status, 403);
    assert.ok(await lives(next));
  });

  test('is ended by no link in which anything is changed', async () => {
    const mine = await signIn('dave');
    const hers = await signIn('dora');
    const link = linkIn(await mailTo('dave'));
    const theirs = linkIn(await mailTo('dora'));
    const names = [...link.searchParams.keys()];
    assert.deepEqual(names, ['until', 'id', 'user', 'signature']);
    const changed = names.flatMap((name) => ['', '0', `${link.searchParams.get(name)}0`, `${link.searchParams.get(name)}ö`, theirs.searchParams.get(name), null]
      .filter((value) => value !== link.searchParams.get(name)).map((value) => {
        const other = new URL(link);
        if (value === null) other.searchParams.delete(name);
        else other.searchParams.set(name, value);
        return other;
      }));
    changed.push(new URL('/not-me', link), new URL('/not-me?user=dave', link));
    for (const other of changed) {
      for (const method of ['GET', 'POST']) assert.equal((await open(other, method)).status, 403, other.href);
    }
    assert.ok(await lives(mine) && await lives(hers));
    assert.equal((await open(link, 'POST')).status, 303);
    assert.ok(await lives(hers));
  });

  // As the program signs them.
  const linkOf = (user, left, word = 'not-me') => {
    const parts = { until: `${Math.floor(Date.now() / 1000) + left}`, id: '1764438000123-0', user };
    const signature = createHmac('sha256', key).update(JSON.stringify([word, ...Object.values(parts)])).digest('base64url');
    return `${stack.url}/not-me?${new URLSearchParams({ ...parts, signature })}`;
  };
  test('is not ended by a link whose time is over', async () => {
    const mine = await signIn('erin');
    for (const method of ['GET', 'POST']) {
      assert.equal((await open(linkOf('erin', -1), method)).status, 403);
      assert.equal((await open(linkOf('erin', 1000, 'something else'), method)).status, 403);
    }
    assert.ok(await lives(mine));
    const left = linkIn(await mailTo('erin')).searchParams.get('until') - Date.now() / 1000;
    assert.ok(left > 86_000 && left <= 86_400, `${left}`);
    assert.equal((await open(linkOf('erin', 60), 'POST')).status, 303);
    assert.ok(!await lives(mine));
  });

  test('is ended by the same link once Redis is back', async () => {
    const mine = await signIn('frank');
    const link = linkIn(await mailTo('frank'));
    stack.pause('redis');
    try {
      assert.equal((await open(link, 'POST')).status, 503);
    } finally {
      await stack.resume('redis');
    }
    await signIn('frank'); // whatever became of the first try
    assert.equal((await open(link, 'POST')).status, 303);
    assert.ok(!await lives(mine));
  });

  test('is mailed later where it could not be mailed at first', async () => {
    writeFileSync(join(mailed, 'broken'), '');
    try {
      await signIn('grace');
      await until(() => program.said.includes('sendmail: 75'));
      assert.equal(mails('grace').length, 0);
    } finally {
      rmSync(join(mailed, 'broken'));
    }
    await mailTo('grace');
  });

  test('adds no header and no address to the mail, whatever it calls itself and whatever the person is called', async () => {
    await signIn('heidi', { user_agent: 'x\r\nBcc: a@evil.example\r\n\r\nhttps://evil.example/ www.evil.example' });
    const { head, body } = await mailTo('heidi');
    assert.equal(head.length, 7);
    assert.doesNotMatch(body, /evil\.|Bcc:|a@/);
    const bad = ['ivan@example.org\nBcc: a@evil.example', 'ivan@example.org, a@evil.example', 'Ivan <ivan@example.org>', '-t', '', 7, null];
    for (const [i, email] of bad.entries()) await signIn(`ivan-${i}`, { email });
    await untilTold();
    assert.equal(readdirSync(mailed).filter((name) => /evil|ivan/.test(readFileSync(join(mailed, name), 'utf8'))).length, 0);
    for (const i of bad.keys()) assert.ok(program.said.includes(`nobody to mail to: ivan-${i}`));
  });

  describe('as its webhook tells it', () => {
    const bodyOf = (user, more = {}) => JSON.stringify({
      type: 'session.minted', data: { id: '1764438000123-7', at: '2026-01-01T00:00:00.000Z', event: 'minted', user, session: 'x', new_device: 'true', ...more },
    });
    const headersOf = (id, body, at = new Date()) => ({
      'webhook-id': id, 'webhook-timestamp': `${Math.floor(at / 1000)}`, 'webhook-signature': new Webhook(secret).sign(id, at, body),
    });
    const post = async (headers, body) => (await fetch(`http://${listen}/webhook`, { method: 'POST', headers, body, signal: AbortSignal.timeout(20_000) })).status;

    test('is mailed once, also after a restart', async () => {
      await signIn('judy');
      await mailTo('judy');
      const body = bodyOf('judy');
      const again = () => post(headersOf('1764438000123-7', body), body);
      assert.deepEqual(await Promise.all([again(), again()]), [204, 204]);
      await mailTo('judy', 2);
      assert.equal(await again(), 204);
      await restart();
      assert.equal(await again(), 204);
      assert.equal(mails('judy').length, 2);
    });

    test('is not mailed for a forged, changed, old or early webhook', async () => {
      await signIn('ken');
      await mailTo('ken');
      const body = bodyOf('ken');
      const good = headersOf('1-1', body);
      const minutes = (count) => new Date(Date.now() + count * 60_000);
      assert.equal(await post({ ...good, 'webhook-signature': new Webhook(`whsec_${Buffer.alloc(32, 8).toString('base64')}`).sign('1-1', new Date(), body) }, body), 401);
      assert.equal(await post({ ...good, 'webhook-signature': 'v1,' }, body), 401);
      assert.equal(await post({ ...good, 'webhook-id': '1-2' }, body), 401);
      assert.equal(await post({ ...good, 'webhook-timestamp': `${Number(good['webhook-timestamp']) + 1}` }, body), 401);
      assert.equal(await post(good, bodyOf('ken', { session: 'y' })), 401);
      assert.equal(await post({}, body), 401);
      for (const at of [minutes(-6), minutes(6)]) assert.equal(await post(headersOf('1-1', body, at), body), 401);
      assert.equal(mails('ken').length, 1);
      assert.equal(await post({ ...good, 'webhook-signature': `v1a,x ${good['webhook-signature']}` }, body), 204);
      assert.equal(mails('ken').length, 2);
    });

    test('is not mailed where something else was done, or the person has no session any more', async () => {
      await signIn('leo');
      await mailTo('leo');
      for (const [i, body] of [bodyOf('leo', { new_device: undefined }), bodyOf('leo').replace('session.minted', 'session.ended'), bodyOf('nobody')].entries()) {
        assert.equal(await post(headersOf(`2-${i}`, body), body), 204);
      }
      assert.equal(mails('leo').length, 1);
    });
  });

  test('is forgotten when its links are long refused by their time', async () => {
    const days = (count) => new Date(Date.now() - count * 86_400_000);
    for (const [name, age] of [['link-new', 1], ['link-old', 3]]) {
      writeFileSync(join(done, name), '');
      utimesSync(join(done, name), days(age), days(age));
    }
    await restart();
    assert.deepEqual(['link-new', 'link-old'].map((name) => existsSync(join(done, name))), [true, false]);
  });

  test('is nothing that any other path tells of', async () => {
    assert.equal((await fetch(`http://${listen}/`, { signal: AbortSignal.timeout(20_000) })).status, 404);
    assert.equal((await open(`${stack.url}/not-me`, 'PUT')).status, 403, 'by nginx');
  });
});
