// What `sessiond deliver` posts, to a receiver that verifies it by a library of Standard Webhooks.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { startStack } from '../browser/stack.mjs';

// BUILD is a folder of the repository's.
const sessiond = resolve(fileURLToPath(new URL('../..', import.meta.url)), process.env.BUILD ?? 'build/release', 'sessiond');
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const verifier = new Webhook(secret);

describe('webhooks', () => {
  let stack;
  let receiver;
  let programs;
  const folder = mkdtempSync(join(tmpdir(), 'sessiond-webhooks.'));

  before(async () => {
    stack = await startStack({ SESSIOND_EVENTS_KEPT: '1m' });
    writeFileSync(join(folder, 'secret'), `${secret}\n`);
  });
  after(async () => {
    await stack?.stop();
    rmSync(folder, { recursive: true });
  });

  // Takes what comes, unless `answer` says otherwise: then that is its answer, or none for null.
  beforeEach(async () => {
    programs = [];
    receiver = { posts: [], answer: () => 204 };
    receiver.server = createServer(async (incoming, outgoing) => {
      const body = await text(incoming);
      const post = { id: incoming.headers['webhook-id'], ...verifier.verify(body, incoming.headers), path: incoming.url };
      receiver.posts.push(post);
      const status = receiver.answer(post);
      if (status) outgoing.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
  });
  afterEach(async () => {
    receiver.server.close();
    try {
      await Promise.all(programs.map((program) => program.end()));
    } finally {
      receiver.server.closeAllConnections();
    }
  });

  const until = async (is) => {
    for (const end = Date.now() + 60_000; !is(); await pause(20)) assert.ok(Date.now() < end, `not within a minute: ${is}`);
  };

  const deliver = async (port = receiver.server.address().port) => {
    const child = spawn(sessiond, ['deliver', '--config', '/dev/null', '--redis', stack.redis,
      '--events-kept', '1m', '--webhook-url', `http://127.0.0.1:${port}/hooks?x=1`, '--webhook-secret-file', join(folder, 'secret')]);
    const program = { said: '', ended: once(child, 'exit') };
    child.stderr.on('data', (data) => { program.said += data; });
    program.end = async (signal = 'SIGTERM') => {
      child.kill(signal);
      return (await program.ended)[0];
    };
    programs.push(program);
    return program;
  };
  const delivering = async (...more) => {
    const program = await deliver(...more);
    await until(() => program.said.includes('delivering events'));
    return program;
  };

  test('tell each event, in their order, signed', async () => {
    await delivering();
    const { id, token } = await stack.mint('zoë');
    await stack.call(token, 'POST', '/api/v1/auth/logout');
    await until(() => receiver.posts.length === 2);
    const [minted, ended] = receiver.posts;
    assert.deepEqual([minted.type, ended.type], ['session.minted', 'session.ended']);
    assert.deepEqual({ ...ended.data, id: '', at: '' }, {
      id: '', at: '', event: 'ended', reason: 'logout', user: 'zoë', session: id, kind: 'web', actor: 'zoë',
    });
    assert.equal(ended.timestamp, ended.data.at);
    assert.equal(ended.id, ended.data.id);
    assert.equal(ended.path, '/hooks?x=1');
  });

  test('come again until they are taken, and the next only then', async () => {
    const tries = [500, 302];
    receiver.answer = () => tries.shift() ?? 200;
    const program = await delivering();
    const first = await stack.mint('alice');
    const second = await stack.mint('bob');
    await until(() => receiver.posts.length === 4);
    assert.deepEqual(receiver.posts.map(({ data }) => data.session), [first.id, first.id, first.id, second.id]);
    assert.equal(new Set(receiver.posts.map(({ id }) => id)).size, 2);
    assert.match(program.said, /was not taken by 127\.0\.0\.1:\d+: it answers 500/);
    assert.ok(!program.said.includes(secret.slice(6)));
  });

  test('go on behind the last that was taken when the program is killed, or another has its turn', async () => {
    const program = await delivering();
    await stack.mint('alice');
    await until(() => receiver.posts.length === 1);
    const other = await deliver();
    await program.end('SIGTERM');
    const meanwhile = await stack.mint('bob');
    await until(() => receiver.posts.length === 2);
    assert.equal(receiver.posts[1].data.session, meanwhile.id);
    assert.match(other.said, /delivering events/);
  });

  test('are told by one program alone', async () => {
    await delivering();
    const other = await deliver();
    for (let i = 0; i < 10; ++i) await stack.mint('alice');
    await until(() => receiver.posts.length === 10);
    assert.equal(new Set(receiver.posts.map(({ id }) => id)).size, 10);
    assert.doesNotMatch(other.said, /delivering events/);
  });

  test('of who does not answer delay nobody, and are told once it does', async () => {
    receiver.answer = () => null;
    await delivering();
    const { token } = await stack.mint('alice');
    await until(() => receiver.posts.length === 1);
    assert.equal((await stack.call(token, 'GET', '/api/v1/auth/sessions')).status, 200);
    receiver.answer = () => 204;
    await until(() => receiver.posts.length === 2);
  });

  test('that nobody takes for long are put aside, and the next are told', async () => {
    const program = await deliver(1); // where nobody listens
    await until(() => program.said.includes('delivering events'));
    const { id } = await stack.mint('alice');
    await until(() => program.said.includes('it is put aside'));
    assert.equal(await program.end(), 0);
    await delivering();
    const next = await stack.mint('bob');
    await until(() => receiver.posts.length === 1);
    assert.equal(receiver.posts[0].data.session, next.id);
    assert.ok(stack.redisCli('XRANGE', 'sessiond:deliveries:undelivered', '-', '+').includes(id));
  });

  test('that wait when another program has its turn are told by whoever has it next', async () => {
    receiver.answer = () => 500;
    const program = await delivering();
    const { id } = await stack.mint('alice');
    await until(() => receiver.posts.length > 0);
    // Longer than until the program looks whether it is still its turn.
    stack.redisCli('SET', 'sessiond:deliveries:turn', 'another', 'PX', '12000');
    await until(() => program.said.split('delivering events').length === 3);
    receiver.answer = () => 204;
    const before = receiver.posts.length;
    await until(() => receiver.posts.length > before);
    assert.ok(receiver.posts.every(({ data }) => data.session === id));
  });

  test('that did not happen are not missed by who delivers again after a quiet time', async () => {
    const place = () => Number(stack.redisCli('GET', 'sessiond:deliveries:position').split('-')[0]);
    const before = place();
    await delivering();
    await until(() => place() > before + 10_000);
  });

  test('want an address and a secret', async () => {
    const child = spawn(sessiond, ['deliver', '--config', '/dev/null', '--redis', stack.redis]);
    let said = '';
    child.stderr.on('data', (data) => { said += data; });
    assert.equal((await once(child, 'exit'))[0], 1);
    assert.match(said, /events-kept, webhook-url and webhook-secret-file/);
  });
});
