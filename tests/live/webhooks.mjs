// What the tests of webhooks share: a receiver that verifies what it gets by a library of Standard Webhooks, and
// `sessiond deliver`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';

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
