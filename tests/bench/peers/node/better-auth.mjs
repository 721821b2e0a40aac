// A peer to measure against: better-auth with Redis as secondary storage, on keys of its own. Its
// sessions are made by its own adapter; their cookies go to a file.
//   node better-auth.mjs SOCKET REDIS-SOCKET COOKIES-FILE USERS SESSIONS
import { createHmac } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import Redis from 'ioredis';

const [socket, redisSocket, cookiesFile, users, sessions] = process.argv.slice(2);
const redis = new Redis({ path: redisSocket, enableAutoPipelining: true });
const secret = 'a secret of the benchmark, which is of no use elsewhere';
const auth = betterAuth({
  baseURL: 'http://localhost',
  basePath: '/better-auth',
  secret,
  logger: { level: 'error' },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true },
  secondaryStorage: {
    get: (key) => redis.get(key),
    set: (key, value, ttl) => (ttl ? redis.set(key, value, 'EX', ttl) : redis.set(key, value)),
    delete: (key) => redis.del(key),
  },
});

const { internalAdapter } = await auth.$context;
const cookies = [];
for (let i = 0; i < Number(users); i += 1) {
  const user = await internalAdapter.createUser({ email: `user${i}@example.com`, name: `user ${i}`, emailVerified: true });
  for (let j = 0; j < Number(sessions); j += 1) {
    const { token } = await internalAdapter.createSession(user.id);
    const signature = createHmac('sha256', secret).update(token).digest('base64');
    cookies.push(`better-auth.session_token=${encodeURIComponent(`${token}.${signature}`)}`);
  }
}
writeFileSync(cookiesFile, `${cookies.join('\n')}\n`);
createServer(toNodeHandler(auth)).listen(socket, () => {
  chmodSync(socket, 0o666);
  console.log('ready');
});
