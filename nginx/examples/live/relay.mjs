// Stands between nginx and an application that knows nothing of sessions. Cuts off what is open for a session within a second
// after that has ended: WebSockets, server-sent events, downloads. How to set it up: live-server.conf.
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { followEvents, watch } from './sessions.mjs';

const { RELAY_TO = '127.0.0.1:3000', LIVE_LISTEN = '127.0.0.1:8091' } = process.env;
const [, host, port] = RELAY_TO.match(/^(.*):(\d+)$/);
const maxHeaderSize = 65_536; // bytes: nginx sends no more

// nginx opens a connection for each request, so none is kept.
const server = createServer({ maxHeaderSize, requestTimeout: 0 }, (incoming, outgoing) => {
  const { method, url: path, rawHeaders: headers } = incoming;
  const passed = request({ host, port, method, path, headers, agent: false, maxHeaderSize });
  outgoing.on('close', watch(incoming, () => outgoing.destroy(), 300)); // most are over by then
  pipeline(incoming, passed, () => {});
  outgoing.on('close', () => passed.destroy());
  passed.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode, answer.statusMessage, answer.rawHeaders);
    outgoing.flushHeaders();
    pipeline(answer, outgoing, () => {});
  }).on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
});

// A WebSocket: its request as it came, then bytes both ways.
server.on('upgrade', ({ method, url, headers, rawHeaders }, near, begun) => {
  const far = connect(port, host);
  const forget = watch({ headers }, () => near.destroy());
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  far.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  far.write(begun);
  pipeline(near, far, near, forget);
});
followEvents(() => server.listening || server.listen(...LIVE_LISTEN.split(':').reverse()));
