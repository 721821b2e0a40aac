// What the tests of webhooks share: a receiver that verifies what it gets by a library of Standard Webhooks, and
// `sessiond deliver`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { startStack } from '../browser/stack.mjs';

// BUILD is a folder of the repository's.
export const sessiond = resolve(fileURLToPath(new URL('../..', import.meta.url)), process.env.BUILD ?? 'build/release', 'sessiond');
export const key = Buffer.alloc(32, 7);
export const secret = `whsec_${key.toString('base64')}`;
const verifier = new Webhook(secret);

/** Resolves to what `is` says, or resolves to, once that is true. */
export async function until(is, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; ; await pause(20)) {
    const found = await is();
    if (found) return found;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${is}`);
  }
}

/** Takes what comes, unless `answer` says otherwise: then that is its answer, or none for null. `tls`: key and cert. */
export async function startReceiver(tls = undefined) {
  const receiver = { posts: [], answer: () => 204 };
  const take = async (incoming, outgoing) => {
    const body = await text(incoming);
    const post = { id: incoming.headers['webhook-id'], ...verifier.verify(body, incoming.headers), path: incoming.url };
    receiver.posts.push(post);
    const status = await receiver.answer(post);
    if (status) outgoing.writeHead(status).end();
  };
  receiver.server = (tls ? createTlsServer(tls, take) : createServer(take)).listen(0, '127.0.0.1');
  await once(receiver.server, 'listening');
  receiver.port = receiver.server.address().port;
  return receiver;
}

/** Starts `sessiond deliver` with what it needs to reach a Redis. `folder` is for its secret. */
export function startDelivering({ folder, redis, url, kept = '1m', env = {} }) {
  writeFileSync(join(folder, 'secret'), `${secret}\n`);
  const child = spawn(sessiond, ['deliver', '--config', '/dev/null', '--redis', redis, '--events-kept', kept,
    '--webhook-url', url, '--webhook-secret-file', join(folder, 'secret')], { env: { ...process.env, ...env } });
  const program = { said: '', ended: once(child, 'exit') };
  child.stderr.on('data', (data) => { program.said += data; });
  program.end = async (signal = 'SIGTERM') => {
    child.kill(signal);
    return (await program.ended)[0];
  };
  return program;
}

/** For the tests of a file: a stack with events, for each test a receiver, and what delivers to it. */
export function startSite() {
  const folder = mkdtempSync(join(tmpdir(), 'sessiond-webhooks.'));
  const site = { folder };
  let programs;

  before(async () => {
    site.stack = await startStack({ SESSIOND_EVENTS_KEPT: '1m' });
  });
  after(async () => {
    await site.stack?.stop();
    rmSync(folder, { recursive: true });
  });

  beforeEach(async () => {
    programs = [];
    site.receiver = await startReceiver();
  });
  afterEach(async () => {
    const { server } = site.receiver;
    server.close();
    try {
      await Promise.all(programs.map((program) => program.end()));
    } finally {
      server.closeAllConnections();
    }
  });

  site.deliver = async ({ url = `http://127.0.0.1:${site.receiver.port}/hooks?x=1`, env } = {}) => {
    const program = startDelivering({ folder, redis: site.stack.redis, url, env });
    programs.push(program);
    return program;
  };
  /** Likewise, once it delivers. */
  site.delivering = async (...more) => {
    const program = await site.deliver(...more);
    await until(() => program.said.includes('delivering events'));
    return program;
  };
  return site;
}
