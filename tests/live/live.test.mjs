// What an application of nginx/examples/live does with the WebSockets that it holds when their sessions end, with the real
// stack. Between it and sessiond is a wire that can be cut.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test as testOfNode } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import WebSocket, { WebSocketServer } from 'ws';
import { freePort, startStack } from '../browser/stack.mjs';

// A WebSocket that is never closed fails its test, and does not hold up the others.
const test = (name, body) => testOfNode(name, { timeout: 20_000 }, body);

const serve = fileURLToPath(new URL('serve', import.meta.url));

/** Passes connections to one Unix socket on to another. */
async function startWire(from, to) {
  const open = new Set();
  const wire = { cut: false, stop: () => server.close() };
  const server = createServer((near) => {
    if (wire.cut) return near.destroy();
    const far = connect(to);
    for (const [one, other] of [[near, far], [far, near]]) {
      open.add(one);
      one.on('error', () => {}).on('close', () => open.delete(one) && other.destroy()).pipe(other);
    }
  }).listen(from);
  await once(server, 'listening');
  wire.cutNow = () => {
    wire.cut = true;
    for (const each of open) each.destroy();
  };
  wire.mend = () => {
    wire.cut = false;
  };
  return wire;
}

/** An application that knows nothing of sessions: it says who nginx says that somebody is, and never ends anything. */
async function startUnawareApplication() {
  const server = createHttpServer(async (incoming, outgoing) => {
    if (incoming.url === '/live/stream') {
      outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' });
      outgoing.write('data: hello\n\n');
      return;
    }
    outgoing.writeHead(incoming.url === '/live/odd' ? 418 : 200, { 'X-Said': ['one', 'two'], 'X-Method': incoming.method });
    incoming.pipe(outgoing);
  }).listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ server, verifyClient: ({ origin, req }) => new URL(origin).host === req.headers.host });
  sockets.on('connection', (socket, { headers }) => {
    socket.on('message', (data) => socket.send(`${decodeURIComponent(headers['x-session-user'])} says ${data}`));
  });
  await once(server, 'listening');
  return server;
}

for (const language of ['node', 'python', 'go', 'relay']) {
  describe(language, () => {
    let stack;
    let wire;
    let application;
    let unaware;
    let listen;
    const code = language === 'relay' ? 1006 : 4401; // it is cut off, or told why
    const folder = mkdtempSync(join(tmpdir(), 'sessiond-live.'));
    let slowest = 0;

    before(async () => {
      listen = `127.0.0.1:${await freePort()}`;
      stack = await startStack({ SESSIOND_EVENTS_KEPT: '1h', SESSIOND_BAR_USERS: 'true', LIVE_LISTEN: listen });
      wire = await startWire(join(folder, 'wire.sock'), stack.internal);
      if (language === 'relay') unaware = await startUnawareApplication();
      application = spawn(serve, [language, folder], {
        env: {
          ...process.env, LIVE_LISTEN: listen, LIVE_SESSIOND: join(folder, 'wire.sock'),
          ...unaware && { RELAY_TO: `127.0.0.1:${unaware.address().port}` },
        },
        stdio: 'inherit',
      });
      const there = () => new Promise((resolve) => {
        const [host, port] = listen.split(':');
        const socket = connect(Number(port), host, () => socket.destroy() && resolve(true)).on('error', () => resolve(false));
      });
      while (!await there()) {
        assert.equal(application.exitCode, null, 'the application ended');
        await pause(50);
      }
    });
    after(async () => {
      application?.kill();
      unaware?.close();
      unaware?.closeAllConnections();
      wire?.cutNow();
      wire?.stop();
      await stack?.stop();
      rmSync(folder, { recursive: true });
    });

    // Resolves to the open WebSocket of a session, which has an answer from the application, or to the status of a refusal.
    const dial = (token, more = {}) => new Promise((resolve, reject) => {
      const socket = new WebSocket(`${stack.url.replace('http', 'ws')}/live/`, {
        headers: { Authorization: `Bearer ${token}` }, origin: stack.url, ...more,
      });
      socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode)).on('error', reject);
      socket.on('open', () => socket.send('hello')).once('message', (data) => {
        socket.heard = `${data}`;
        resolve(socket);
      });
    });
    // Resolves when somebody has closed it, to the code.
    const closed = (socket) => new Promise((resolve) => { socket.once('close', resolve); });
    // Whether it still answers.
    const answers = async (socket) => {
      socket.send('still there?');
      const [data] = await once(socket, 'message');
      return `${data}`;
    };

    test('serves who is signed in, by name, and nobody else', async () => {
      const { token } = await stack.mint('zoë');
      const socket = await dial(token);
      assert.equal(socket.heard, 'zoë says hello');
      assert.equal(await dial('ses_nobody'), 401);
      assert.equal(await dial(token, { origin: 'https://evil.example' }), ['node', 'relay'].includes(language) ? 401 : 403);
      socket.close();
    });

    test('closes the WebSockets of a session that is revoked, and leaves all others', async () => {
      const mine = await stack.mint('alice');
      const other = await stack.mint('alice');
      const [first, second, spared, bobs] = await Promise.all(
        [mine.token, mine.token, other.token, (await stack.mint('bob')).token].map((token) => dial(token)),
      );
      const both = Promise.all([closed(first), closed(second)]);
      await stack.call(other.token, 'DELETE', `/api/v1/auth/sessions/${mine.id}`);
      const since = Date.now();
      assert.deepEqual(await both, [code, code]);
      slowest = Math.max(slowest, Date.now() - since);
      assert.equal(await answers(spared), 'alice says still there?');
      assert.equal(await answers(bobs), 'bob says still there?');
      assert.equal(await dial(mine.token), 401);
    });

    test('closes all of a user but the one that ends the others', async () => {
      const [mine, other] = [await stack.mint('carol'), await stack.mint('carol')];
      const [spared, gone] = [await dial(mine.token), await dial(other.token)];
      const ended = closed(gone);
      await stack.call(mine.token, 'DELETE', '/api/v1/auth/sessions');
      assert.equal(await ended, code);
      assert.equal(await answers(spared), 'carol says still there?');
      const last = closed(spared);
      await stack.call(mine.token, 'POST', '/api/v1/auth/logout');
      assert.equal(await last, code);
    });

    test('closes what was revoked while it was cut off from sessiond, once it is back', async () => {
      const [mine, other] = [await stack.mint('dave'), await stack.mint('dave')];
      const [gone, spared] = [await dial(mine.token), await dial(other.token)];
      wire.cutNow();
      await stack.call(mine.token, 'POST', '/api/v1/auth/logout');
      assert.equal(await answers(gone), 'dave says still there?');
      const ended = closed(gone);
      wire.mend();
      assert.equal(await ended, code);
      assert.equal(await answers(spared), 'dave says still there?');
    });

    test('closes a WebSocket whose session ended before the application had put it down', async () => {
      const { id, token } = await stack.mint('erin');
      const told = closed(await dial(token));
      await stack.call(token, 'POST', '/api/v1/auth/logout');
      await told; // so the application has had the event
      // As nginx passes on what it has asked for a moment earlier.
      const socket = new WebSocket(`ws://${listen}/`, {
        headers: { 'X-Session-User': 'erin', 'X-Session-Id': id }, origin: `http://${listen}`,
      });
      socket.on('error', () => {}); // of one that is closed before it has opened, as the relay may
      assert.equal(await closed(socket), code);
    });

    test('closes a WebSocket when its session expires, of which no event tells', async () => {
      const { token } = await stack.mint('frank', { ttl_seconds: 2 });
      assert.equal(await closed(await dial(token)), code);
    });

    if (language === 'relay') {
      test('cuts off server-sent events of a session that is revoked', async () => {
        const { token } = await stack.mint('grace');
        const stream = await fetch(`${stack.url}/live/stream`, { headers: { Authorization: `Bearer ${token}` } });
        const reader = stream.body.getReader();
        assert.equal(new TextDecoder().decode((await reader.read()).value), 'data: hello\n\n');
        await stack.call(token, 'POST', '/api/v1/auth/logout');
        await assert.rejects(reader.read());
      });

      test('passes requests and answers on as they are', async () => {
        const { token } = await stack.mint('heidi');
        const body = Buffer.alloc(300_000, 'é');
        for (const [method, path, status] of [['POST', 'echo', 200], ['PUT', 'odd', 418], ['GET', 'echo?x=1&y=%20', 200]]) {
          const answer = await fetch(`${stack.url}/live/${path}`, {
            method, headers: { Authorization: `Bearer ${token}` }, ...method !== 'GET' && { body },
          });
          assert.deepEqual([answer.status, answer.headers.get('x-method'), answer.headers.get('x-said')], [status, method, 'one, two']);
          const sent = Buffer.from(await answer.arrayBuffer());
          assert.ok(method === 'GET' ? sent.length === 0 : sent.equals(body));
        }
      });

      test('says so when the application is away', async () => {
        const { token } = await stack.mint('ivan');
        unaware.close();
        unaware.closeAllConnections();
        const answer = await fetch(`${stack.url}/live/echo`, { headers: { Authorization: `Bearer ${token}` } });
        assert.equal(answer.status, 502);
        assert.equal(await dial(token), 502);
      });
    }

    after(() => console.log(`${language}: the last was closed ${slowest} ms after the answer to the revocation`));
  });
}
