// A peer to measure against: the same list and check in Fastify with ioredis, on sessiond's keys.
//   node fastify.mjs SOCKET REDIS-SOCKET
import { chmodSync } from 'node:fs';
import { timingSafeEqual } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import Fastify from 'fastify';
import Redis from 'ioredis';

const [socket, redisSocket] = process.argv.slice(2);
const redis = new Redis({ path: redisSocket, enableAutoPipelining: true });
const app = Fastify();
const unauthorized = { code: 'unauthorized', error: 'no' };
const rfc3339 = (millis) => new Date(Number(millis)).toISOString();

function parseToken(authorization = '') {
  const packed = Buffer.from(authorization.slice(11), 'base64url');
  if (packed.length !== 64) return null;
  const hex = packed.toString('hex', 16, 32);
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return { user: `sessiond:{${packed.toString('base64url', 0, 16)}}:`, id, secret: packed.subarray(32) };
}

function proves(stored, token) {
  return stored && timingSafeEqual(stored, blake2b(token.secret, { dkLen: 32 }));
}

app.get('/fastify/check', async (request, reply) => {
  const token = parseToken(request.headers.authorization);
  if (!token) return reply.code(401).send(unauthorized);
  const [hash, user] = await redis.hmgetBuffer(`${token.user}session:${token.id}`, 'secret_hash', 'user_id');
  if (!proves(hash, token)) return reply.code(401).send(unauthorized);
  return reply.code(204).header('X-Session-User', user.toString()).send();
});

app.get('/fastify/list', async (request, reply) => {
  const token = parseToken(request.headers.authorization);
  if (!token) return reply.code(401).send(unauthorized);
  const [[hash], ids] = await Promise.all([
    redis.hmgetBuffer(`${token.user}session:${token.id}`, 'secret_hash'),
    redis.zrange(`${token.user}sessions`, 0, -1),
  ]);
  if (!proves(hash, token)) return reply.code(401).send(unauthorized);
  const rows = await Promise.all(ids.map((id) =>
    redis.hmget(`${token.user}session:${id}`, 'kind', 'created_at', 'expires_at', 'user_agent')));
  return rows
    .map(([kind, created, expires, agent], i) => ({
      id: ids[i], kind, created_at: rfc3339(created), expires_at: rfc3339(expires), is_current: ids[i] === token.id, user_agent: agent,
    }))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
});

await app.listen({ path: socket });
chmodSync(socket, 0o666);
console.log('ready');
