// Mails people when somebody signs in as them on a new device, with a link for "it was not me". The link ends all of
// their sessions, once, and leads to where they choose a new password. How to set it up: new-device-server.conf.
import { spawn } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync, readdirSync, readFileSync as read, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
const { NEW_DEVICE_ORIGIN: origin, NEW_DEVICE_PASSWORD_URL: newPassword, NEW_DEVICE_SECRET: secret, NEW_DEVICE_DONE: done,
  NEW_DEVICE_FROM: from = `no-reply@${new URL(origin).hostname}`, NEW_DEVICE_SENDMAIL: sendmail = '/usr/sbin/sendmail',
  NEW_DEVICE_SESSIOND: socketPath = '/run/sessiond/internal.sock', NEW_DEVICE_LISTEN = '127.0.0.1:8092' } = process.env;
const day = 86_400;
const now = () => Date.now() / 1000;
const key = Buffer.from(`${read(secret)}`.trim().replace(/^whsec_/, ''), 'base64');
const sign = (words, as) => createHmac('sha256', key).update(words).digest(as);
const isSame = (one, other) => timingSafeEqual(sign(one), sign(other));
const sessiond = (expected, method, path) => new Promise((resolve, reject) => {
  const headers = { 'X-Session-Actor': 'new-device', Connection: 'close' };
  const to = { socketPath, method, path: `/internal/v1/users/${path}`, headers, signal: AbortSignal.timeout(3000) };
  request(to, (it) => text(it).then((said) => (expected.includes(it.statusCode) ? resolve(JSON.parse(said))
    : reject(new Error(said))), reject)).on('error', reject).end();
});
// Does what has this name once: not twice at a time, and never again when it is done, also after a restart. What has
// failed can be tried again.
const isDone = (name) => existsSync(join(done, name));
const doing = new Map();
function once(name, work) {
  if (doing.has(name) || isDone(name)) return doing.get(name);
  doing.set(name, work().then(() => writeFileSync(join(done, name), '', { flag: 'wx' })).finally(() => doing.delete(name)));
  return doing.get(name);
}
function forget() { // what is that old is refused by its time
  const old = (file) => statSync(file).mtimeMs / 1000 < now() - 2 * day;
  readdirSync(done).map((name) => join(done, name)).filter(old).forEach((file) => rmSync(file));
}
// It is JSON, which no signed text of a webhook is, so neither can be made of the other.
const signLink = (until, id, user) => sign(JSON.stringify(['not-me', until, id, user]), 'base64url');
function makeLink(id, user) {
  const until = `${Math.floor(now() + day)}`;
  return `${origin}/not-me?${new URLSearchParams({ until, id, user, signature: signLink(until, id, user) })}`;
}
// The device names itself as it likes: nothing that a mail program would make a link of.
const harmless = (words) => words.replace(/[^\p{L}\p{N} ();,_-]+/gu, ' ').slice(0, 150);
async function mail({ id, at, user: userId, session: sessionId }) {
  const path = encodeURIComponent(userId);
  const { email } = await sessiond([200, 404], 'GET', path); // nobody is known who has no session any more
  if (!/^[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+$/.test(email)) return console.error(`nobody to mail to: ${userId}`);
  const sessions = await sessiond([200], 'GET', `${path}/sessions`);
  const { device, user_agent, place, ip } = sessions.find((it) => it.id === sessionId) ?? {};
  const body = ['Somebody has signed in to your account on a device that was not used for it lately.', '',
    `When: ${at.slice(0, 16).replace('T', ' ')} UTC`, `On: ${harmless(device ?? user_agent ?? 'not known')}`,
    `From: ${[harmless(place ?? ''), ip].filter(Boolean).join(', ') || 'not known'}`, '',
    'If it was you, there is nothing to do.', 'If it was not you, open this within a day:', makeLink(id, userId), ''];
  const head = [`From: ${from}`, `To: ${email}`, 'Subject: A sign-in on a new device', 'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', ''];
  const encoded = Buffer.from(body.join('\r\n')).toString('base64').match(/.{1,76}/g);
  const program = spawn(sendmail, ['-t', '-i'], { stdio: ['pipe', 'inherit', 'inherit'], timeout: 5000 });
  program.stdin.on('error', () => {}).end([...head, ...encoded, ''].join('\n'));
  return new Promise((resolve, reject) => {
    program.on('error', reject).on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${sendmail}: ${code}`))));
  });
}
async function takeWebhook({ 'webhook-id': id, 'webhook-timestamp': sent, 'webhook-signature': signatures = '' }, body) {
  const expected = `v1,${sign(`${id}.${sent}.${body}`, 'base64')}`; // Standard Webhooks 1.0
  const isSigned = signatures.split(' ').some((one) => isSame(one, expected));
  if (!isSigned || !(Math.abs(now() - sent) < 300)) return [401, 'This is no webhook, or an old one.', {}];
  const { type, data } = JSON.parse(body);
  if (type === 'session.minted' && data.new_device === 'true') await once(`mail-${id.replace(/\W/g, '-')}`, () => mail(data));
  return [204, '', {}];
}
const page = (words) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>It was not me</title>${words}`;
async function takeLink(method, query) {
  const [until, id, user, sent] = ['until', 'id', 'user', 'signature'].map((name) => query.get(name) ?? '');
  const signature = signLink(until, id, user);
  const isValid = isSame(sent, signature) && until > now() && !isDone(`link-${signature}`);
  if (!isValid) return [403, page('<p>This link is not valid any more.'), {}];
  if (method !== 'POST') { // perhaps a mail program looks at the link, and not the person
    return [200, page(`<p>This signs you out everywhere, and with you whoever it was. Then you choose a new password.
<form method="post"><button>It was not me</button></form>`), {}];
  }
  await once(`link-${signature}`, () => sessiond([200], 'DELETE', `${encodeURIComponent(user)}/sessions`));
  return [303, '', { Location: newPassword }];
}
async function answer({ method, url, headers }, body) {
  const [path, query] = url.split('?');
  if (path === '/not-me') return takeLink(method, new URLSearchParams(query));
  return path === '/webhook' ? takeWebhook(headers, body) : [404, 'There is nothing here.', {}];
}
forget();
setInterval(forget, 3_600_000);
createServer(async (incoming, outgoing) => {
  const [status, body, headers] = await text(incoming).then((sent) => answer(incoming, sent))
    .catch((error) => console.error(error) ?? [503, 'This is not possible just now. Try again soon.', {}]);
  outgoing.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Type': 'text/html; charset=utf-8', ...headers,
    'Referrer-Policy': 'no-referrer', 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'" }).end(body);
}).listen(...NEW_DEVICE_LISTEN.split(':').reverse());
