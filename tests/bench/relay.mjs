#!/usr/bin/env node
// What nginx/examples/live/relay.mjs costs: messages over WebSockets to an application that sends each back, through the
// relay and past it, in turns. What counts are the ratios. Without nginx, which is in front of both.
//
//   ROUNDS=10 tests/bench/relay.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, startStack } from '../browser/stack.mjs';

const { WebSocket, WebSocketServer } = createRequire(new URL('../live/', import.meta.url))('ws');
const rounds = Number(process.env.ROUNDS ?? 10);
const seconds = 1;

const application = new WebSocketServer({ port: 0, host: '127.0.0.1' });
application.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
await once(application, 'listening');
const past = application.address().port;
const through = await freePort();
const stack = await startStack({ SESSIOND_EVENTS_KEPT: '1h' });
const { id, token } = await stack.mint('alice');
const relay = spawn(process.execPath, [new URL('../../nginx/examples/live/relay.mjs', import.meta.url).pathname], {
  env: { ...process.env, LIVE_LISTEN: `127.0.0.1:${through}`, LIVE_SESSIOND: stack.internal, RELAY_TO: `127.0.0.1:${past}` },
  stdio: ['ignore', 'ignore', 'inherit'],
});

async function open(port) {
  for (;;) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { 'X-Session-User': 'alice', 'X-Session-Id': id } });
    try {
      await once(socket, 'open');
      return socket;
    } catch (error) {
      if (error.code !== 'ECONNREFUSED' || relay.exitCode !== null) throw error;
      await pause(50);
    }
  }
}

/** Messages a second that come back, with one under way on each of so many connections. */
async function measure(port, connections) {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  let count = 0;
  for (const socket of sockets) socket.on('message', (data) => { count += 1; socket.send(data); });
  for (const socket of sockets) socket.send('x'.repeat(100));
  const since = performance.now();
  await pause(seconds * 1000);
  const rate = count / (performance.now() - since) * 1000;
  for (const socket of sockets) socket.terminate();
  return rate;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
try {
  await open(through).then((socket) => socket.terminate());
  console.log('| connections | messages/s past it | through it | ratio |\n|---|---|---|---|');
  for (const connections of [1, 64]) {
    const rates = [];
    for (let round = 0; round < rounds; ++round) {
      const order = round % 2 ? [through, past] : [past, through];
      const found = {};
      for (const port of order) found[port] = await measure(port, connections);
      rates.push([found[past], found[through]]);
    }
    const [without, within] = [0, 1].map((which) => Math.round(median(rates.map((rate) => rate[which]))));
    console.log(`| ${connections} | ${without} | ${within} | ${median(rates.map(([a, b]) => b / a)).toFixed(2)} |`);
  }
} finally {
  relay.kill();
  await stack.call(token, 'POST', '/api/v1/auth/logout').catch(() => {});
  await stack.stop();
  application.close();
}
process.exit(0);
