// What `sessiond deliver` posts, to a receiver that verifies it by a library of Standard Webhooks.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { secret, sessiond, startSite, until } from './webhooks.mjs';

describe('webhooks', () => {
  const site = startSite();

  test('tell each event, in their order, signed', async () => {
    await site.delivering();
    const { id, token } = await site.stack.mint('zoë');
    await site.stack.call(token, 'POST', '/api/v1/auth/logout');
    await until(() => site.receiver.posts.length === 2);
    const [minted, ended] = site.receiver.posts;
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
    site.receiver.answer = () => tries.shift() ?? 200;
    const program = await site.delivering();
    const first = await site.stack.mint('alice');
    const second = await site.stack.mint('bob');
    await until(() => site.receiver.posts.length === 4);
    assert.deepEqual(site.receiver.posts.map(({ data }) => data.session), [first.id, first.id, first.id, second.id]);
    assert.equal(new Set(site.receiver.posts.map(({ id }) => id)).size, 2);
    assert.match(program.said, /was not taken by 127\.0\.0\.1:\d+: it answers 500/);
    assert.ok(!program.said.includes(secret.slice(6)));
  });

  test('go on behind the last that was taken when the program is killed, or another has its turn', async () => {
    const program = await site.delivering();
    await site.stack.mint('alice');
    await until(() => site.receiver.posts.length === 1);
    const other = await site.deliver();
    await program.end('SIGTERM');
    const meanwhile = await site.stack.mint('bob');
    await until(() => site.receiver.posts.length === 2);
    assert.equal(site.receiver.posts[1].data.session, meanwhile.id);
    await until(() => other.said.includes('delivering events'));
  });

  test('are told by one program alone', async () => {
    await site.delivering();
    const other = await site.deliver();
    for (let i = 0; i < 10; ++i) await site.stack.mint('alice');
    await until(() => site.receiver.posts.length === 10);
    assert.equal(new Set(site.receiver.posts.map(({ id }) => id)).size, 10);
    assert.doesNotMatch(other.said, /delivering events/);
  });

  test('of who does not answer delay nobody, and are told once it does', async () => {
    site.receiver.answer = () => null;
    await site.delivering();
    const { token } = await site.stack.mint('alice');
    await until(() => site.receiver.posts.length === 1);
    assert.equal((await site.stack.call(token, 'GET', '/api/v1/auth/sessions')).status, 200);
    site.receiver.answer = () => 204;
    await until(() => site.receiver.posts.length === 2);
  });

  test('that did not happen are not missed by who delivers again after a quiet time', async () => {
    const place = () => Number(site.stack.redisCli('GET', 'sessiond:deliveries:position').split('-')[0]);
    const before = place();
    await site.delivering();
    await until(() => place() > before + 10_000);
  });

  test('want an address and a secret', async () => {
    const child = spawn(sessiond, ['deliver', '--config', '/dev/null', '--redis', site.stack.redis]);
    let said = '';
    child.stderr.on('data', (data) => { said += data; });
    assert.equal((await once(child, 'exit'))[0], 1);
    assert.match(said, /events-kept, webhook-url and webhook-secret-file/);
  });
});
