// A Redis Cluster of three primaries and a worker on it, in a folder of their own.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, mint, send } from '../browser/stack.mjs';
import { sessiond, until } from './webhooks.mjs';

const SLOTS = 16384;
const NODES = 3;
export const KEPT = '1h'; // longer than a busy machine takes

/** Resolves when the worker is ready. */
export async function startCluster() {
  const folder = mkdtempSync(join(tmpdir(), 'sessiond-cluster.'));
  const internal = join(folder, 'internal.sock');
  const programs = [];
  const run = (...words) => programs.push(spawn(words[0], words.slice(1), { stdio: 'ignore' }));
  const stop = async () => {
    for (const program of programs.reverse()) {
      const ended = program.exitCode === null && once(program, 'exit');
      program.kill();
      await ended;
    }
    rmSync(folder, { recursive: true });
  };
  const tell = (node, ...words) => execFileSync('redis-cli', ['-e', '-p', node.port, ...words], { encoding: 'utf8', stdio: 'pipe' });
  const says = (node, words, what) => {
    try {
      return tell(node, ...words).includes(what);
    } catch {
      return false; // it does not listen yet
    }
  };

  try {
    const nodes = [];
    for (let number = 0; number < NODES; ++number) {
      const node = { port: await freePort(), bus: await freePort(), folder: join(folder, `redis-${number}`) };
      mkdirSync(node.folder);
      run('redis-server', '--port', node.port, '--bind', '127.0.0.1', '--dir', node.folder, '--save', '', '--hash-max-listpack-value', '1024',
        '--cluster-enabled', 'yes', '--cluster-port', node.bus, '--cluster-node-timeout', '5000');
      await until(() => says(node, ['PING'], 'PONG'));
      tell(node, 'CLUSTER', 'SET-CONFIG-EPOCH', number + 1);
      tell(node, 'CLUSTER', 'ADDSLOTSRANGE', Math.ceil(SLOTS * number / NODES), Math.ceil(SLOTS * (number + 1) / NODES) - 1);
      if (number > 0) tell(node, 'CLUSTER', 'MEET', '127.0.0.1', nodes[0].port, nodes[0].bus);
      nodes.push(node);
    }
    await until(() => nodes.every((node) => says(node, ['CLUSTER', 'INFO'], 'cluster_state:ok')));
    const redis = `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
    run(sessiond, '--config', '/dev/null', '--redis', redis, '--events-kept', KEPT, '--listen', join(folder, 'public.sock'),
      '--listen-check', join(folder, 'check.sock'), '--listen-internal', internal);
    await until(() => send({ socketPath: internal, path: '/readyz' }).then(({ status }) => status === 200, () => false));
    return {
      folder,
      redis,
      mint: (user) => mint(internal, user, {}),
      async end(user, id) {
        const { status } = await send({ socketPath: internal, method: 'DELETE', path: `/internal/v1/users/${user}/sessions/${id}` });
        assert.equal(status, 204);
      },
      /** Which primary has a slot. */
      owner: (slot) => Math.floor(slot * NODES / SLOTS),
      stop,
    };
  } catch (trouble) {
    await stop();
    throw trouble;
  }
}
