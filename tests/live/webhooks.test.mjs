// What `sessiond deliver` posts, to a receiver that verifies it by a library of Standard Webhooks.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startStack } from '../browser/stack.mjs';
import { secret, sessiond, startDelivering, startReceiver, until } from './webhooks.mjs';

describe('webhooks', () => {
  let stack;
  let receiver;
  let programs;
  const folder = mkdtempSync(join(tmpdir(), 'sessiond-webhooks.'));

  before(async () => {
    stack = await startStack({ SESSIOND_EVENTS_KEPT: '1m' });
  });
  after(async () => {
    await stack?.stop();
    rmSync(folder, { recursive: true });
  });

  beforeEach(async () => {
    programs = [];
    receiver = await startReceiver();
  });
  afterEach(async () => {
    receiver.server.close();
    try {
      await Promise.all(programs.map((program) => program.end()));
    } finally {
      receiver.server.closeAllConnections();
    }
  });

  const deliver = async ({ url = `http://127.0.0.1:${receiver.port}/hooks?x=1`, env } = {}) => {
    const program = startDelivering({ folder, redis: stack.redis, url, env });
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
    await until(() => other.said.includes('delivering events'));
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
    const program = await deliver({ url: 'http://127.0.0.1:1/' }); // where nobody listens
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

  test('stop between two that are slowly taken when another program has its turn, or at the end', async () => {
    receiver.answer = () => pause(1000, 204);
    const program = await delivering();
    for (let i = 0; i < 40; ++i) await stack.mint('alice');
    await until(() => receiver.posts.length > 0);
    stack.redisCli('SET', 'sessiond:deliveries:turn', 'another', 'PX', '20000');
    // Longer than until the program looks whether it is still its turn.
    await pause(12_000);
    const before = receiver.posts.length;
    await pause(2000);
    assert.equal(receiver.posts.length, before);
    await until(() => receiver.posts.length > before + 2);
    await until(() => program.said.split('delivering events').length === 3);
    const told = Date.now();
    assert.equal(await program.end(), 0);
    assert.ok(Date.now() < told + 5000);
    receiver.answer = () => 204;
    await delivering();
    await until(() => new Set(receiver.posts.map(({ id }) => id)).size === 40);
  });

  test('want an address and a secret', async () => {
    const child = spawn(sessiond, ['deliver', '--config', '/dev/null', '--redis', stack.redis]);
    let said = '';
    child.stderr.on('data', (data) => { said += data; });
    assert.equal((await once(child, 'exit'))[0], 1);
    assert.match(said, /events-kept, webhook-url and webhook-secret-file/);
  });

  describe('with TLS', () => {
    // An authority that only these programs trust, another that nobody does, and what they have signed.
    const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
    const authority = (name) => openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`);
    const certificate = ({ by = 'ours', host = 'localhost', days = '1' }) => {
      openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=receiver', '-keyout', 'server.key', '-out', 'server.csr');
      writeFileSync(join(folder, 'names'), `subjectAltName=DNS:${host}`);
      openssl('x509', '-req', '-in', 'server.csr', '-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', days, '-extfile', 'names', '-out', 'server.pem');
      return { key: readFileSync(join(folder, 'server.key')), cert: readFileSync(join(folder, 'server.pem')) };
    };
    let good;
    before(() => {
      authority('ours');
      authority('theirs');
      good = certificate({});
    });

    const replaceReceiver = async (tls) => {
      receiver.server.close();
      receiver = await startReceiver(tls);
    };
    const deliverSafely = (port = receiver.port) => deliver({ url: `https://localhost:${port}/`, env: { SSL_CERT_FILE: join(folder, 'ours.pem') } });

    test('go to a receiver whose certificate the authorities have signed', async () => {
      await replaceReceiver(good);
      const program = await deliverSafely();
      await until(() => program.said.includes('delivering events'));
      const { id } = await stack.mint('alice');
      await until(() => receiver.posts.length === 1);
      assert.equal(receiver.posts[0].data.session, id);
      assert.doesNotMatch(program.said, /was not taken/);
    });

    for (const [name, wrong, why] of [
      ['of an unknown authority', { by: 'theirs' }, 'unable to get local issuer certificate'],
      ['of another name', { host: 'receiver.example' }, 'hostname mismatch'],
      ['that has expired', { days: '-1' }, 'certificate has expired'],
    ]) {
      test(`do not go to one with a certificate ${name}, until it has a good one`, async () => {
        await replaceReceiver(certificate(wrong));
        const program = await deliverSafely();
        await until(() => program.said.includes('delivering events'));
        const { id } = await stack.mint('alice');
        await until(() => program.said.includes(`was not taken by localhost:${receiver.port}: its certificate is not trusted: ${why}`));
        assert.equal(receiver.posts.length, 0);
        receiver.server.setSecureContext(good);
        await until(() => receiver.posts.length === 1);
        assert.equal(receiver.posts[0].data.session, id);
      });
    }

    test('do not go to one that speaks none', async () => {
      const program = await deliverSafely();
      await until(() => program.said.includes('delivering events'));
      await stack.mint('alice');
      await until(() => program.said.includes('it speaks no TLS, and so is written http://'));
      assert.equal(receiver.posts.length, 0);
      await program.end();
      await delivering(); // so that nothing is left for the next
      await until(() => receiver.posts.length === 1);
    });
  });
});
