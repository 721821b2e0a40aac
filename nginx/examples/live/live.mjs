// Holds WebSockets open, and closes each within a second after its session has ended. How to set it up: live-server.conf.
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

const { LIVE_SESSIOND: socketPath = '/run/sessiond/internal.sock', LIVE_LISTEN = '127.0.0.1:8091' } = process.env;
const open = new Set(); // of {socket, user, session, timer}
const close = (one) => one.socket.close(4401, 'signed out');
const closeAll = (which) => [...open].filter(which).forEach(close);

// Asks sessiond, which says something every 15 seconds.
const ask = (path, headers = {}) => new Promise((resolve, reject) => {
  const asking = request({ socketPath, path: `/internal/v1/${path}`, headers, timeout: 20_000 }, (answer) => {
    if (answer.statusCode === 200) return resolve(answer);
    answer.resume();
    reject(new Error(`sessiond answers ${answer.statusCode}`));
  });
  asking.on('timeout', () => asking.destroy(new Error('sessiond is silent'))).on('error', reject).end();
});

const done = {
  ended: (event) => closeAll((one) => one.session === event.session),
  'all-ended': (event) => closeAll((one) => one.user === event.user && one.session !== event.session),
  'user-disabled': (event) => closeAll((one) => one.user === event.user),
  missed: () => closeAll(() => true), // clients come again, and are asked who they are
};

// Reads the events without end. After a break it goes on behind the last event that it has.
async function listen() {
  for (let last = ''; ; await pause(200)) {
    try {
      const events = await ask('events', { 'Last-Event-ID': last });
      let rest = '';
      for await (const part of events.setEncoding('utf8')) {
        const blocks = (rest + part).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) {
          const { id, event, data } = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/)));
          done[event]?.(JSON.parse(data));
          last = id;
        }
        if (!server.listening) server.listen(...LIVE_LISTEN.split(':').reverse());
      }
    } catch (error) {
      console.error(`no events for now: ${error.message}`);
    }
  }
}

// Is the session still there? Asked once the socket is in the list, as the event of its end may have come before that;
// when the session expires; and now and then, as no event tells that it was idle for too long.
async function look(one) {
  try {
    const sessions = JSON.parse(await text(await ask(`users/${encodeURIComponent(one.user)}/sessions`)));
    const mine = sessions.find(({ id }) => id === one.session);
    if (!mine) return close(one);
    one.timer = setTimeout(look, Math.min(300_000, new Date(mine.expires_at) - new Date() + 1), one);
  } catch {
    one.timer = setTimeout(look, 1000, one);
  }
}

const server = createServer();
const sockets = new WebSocketServer({
  server,
  verifyClient: ({ origin, req }) => URL.canParse(origin) && new URL(origin).host === req.headers.host, // no other site's page
});
sockets.on('connection', (socket, { headers }) => {
  const one = { socket, user: decodeURIComponent(headers['x-session-user']), session: headers['x-session-id'] };
  open.add(one);
  look(one);
  socket.on('close', () => open.delete(one) && clearTimeout(one.timer));
  socket.on('error', () => socket.terminate());
  socket.on('message', (data) => socket.send(`${one.user} says ${data}`)); // yours
});
listen();
