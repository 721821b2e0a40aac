// A stack of its own for each test file: Redis, the worker and nginx, as `make run` starts them.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../stack', import.meta.url));

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts a stack and resolves when it is ready. `environment` may hold SESSIOND_… options, and LOGIN with LOGIN_… ones: there
 * is a login service only where it names one.
 */
export async function startStack(environment = {}, port = undefined) {
  port ??= await freePort();
  const state = mkdtempSync(join(tmpdir(), 'sessiond-browser.'));
  // One thread, and so one connection to Redis: when it is ready, everybody is served.
  const settings = { SESSIOND_THREADS: '1', LOGIN: 'none', ...environment, PORT: String(port), STATE: state };
  const child = spawn(script, { env: { ...process.env, ...settings } });
  let output = '';
  await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        output += data;
        if (/^ready /m.test(output)) resolve();
      });
    }
    child.once('exit', () => reject(new Error(`the stack did not start:\n${output}`)));
  });
  const signal = (name, number) => process.kill(Number(readFileSync(join(state, `${name}.pid`), 'utf8')), number);
  return {
    // Chromium keeps Secure cookies for localhost without TLS.
    url: `http://localhost:${port}`,
    internal: join(state, 'internal.sock'),
    redis: join(state, 'redis.sock'),
    redisCli: (...words) => execFileSync('redis-cli', ['-s', join(state, 'redis.sock'), ...words], { encoding: 'utf8' }),
    printed: () => output,
    /** Puts a file of the site's own beside the page. */
    putOwn(name, text) {
      const folder = join(state, 'www/settings/sessions');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), text);
    },
    pause: (name) => signal(name, 'SIGSTOP'),
    // Resolves when the worker has noticed, so that the next test finds everything as it was.
    async resume(name) {
      signal(name, 'SIGCONT');
      while ((await send({ host: '127.0.0.1', port, path: '/readyz' })).status !== 200);
    },
    /** Asks the internal realm. Resolves to {status, body}. */
    operate: (method, path) => send({ socketPath: join(state, 'internal.sock'), method, path }),
    mint: (user, more = {}) => mint(join(state, 'internal.sock'), user, more),
    call: (token, method, path, body) => callAs(port, token, method, path, body),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(state, { recursive: true, force: true });
    },
  };
}

export function send(options, body) {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (incoming) => {
      let text = '';
      incoming.on('data', (data) => { text += data; });
      incoming.on('end', () => resolve({ status: incoming.statusCode, body: text ? JSON.parse(text) : null }));
    });
    outgoing.once('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

// Mints a session as a login service would. Resolves to {id, token, expires_at}.
export async function mint(socketPath, user, more) {
  const at = '2026-01-01T00:00:00.000Z';
  const body = { user: { id: user, username: user, created_at: at, updated_at: at }, kind: 'web', ...more };
  const headers = { 'Content-Type': 'application/json' };
  const answer = await send({ socketPath, path: '/internal/v1/sessions', method: 'POST', headers }, body);
  if (answer.status !== 201) throw new Error(`minting failed: ${JSON.stringify(answer)}`);
  return answer.body;
}

// A request as some other client of the person makes it.
function callAs(port, token, method, path, body) {
  const headers = { 'Content-Type': 'application/json', 'User-Agent': 'path-cli/0.8.1 (macOS; arm64)' };
  if (token) headers.Authorization = `Bearer ${token}`;
  return send({ host: '127.0.0.1', port, path, method, headers }, body);
}
