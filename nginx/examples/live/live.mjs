// Holds WebSockets open, and closes each within a second after its session has ended. How to set it up: live-server.conf.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { followEvents, watch } from './sessions.mjs';

const { LIVE_LISTEN = '127.0.0.1:8091' } = process.env;
const server = createServer();
const sockets = new WebSocketServer({
  server,
  verifyClient: ({ origin, req }) => URL.canParse(origin) && new URL(origin).host === req.headers.host, // no other site's page
});
sockets.on('connection', (socket, incoming) => {
  const forget = watch(incoming, () => socket.close(4401, 'signed out'));
  const user = decodeURIComponent(incoming.headers['x-session-user']);
  socket.on('close', forget);
  socket.on('error', () => socket.terminate());
  socket.on('message', (data) => socket.send(`${user} says ${data}`)); // yours
});
followEvents(() => server.listening || server.listen(...LIVE_LISTEN.split(':').reverse()));
