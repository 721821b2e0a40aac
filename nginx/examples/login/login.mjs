// Signs people in by password or GitHub, and has sessiond mint their sessions. How to set it up: login-server.conf.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync as read } from 'node:fs';
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { verify } from '@node-rs/argon2';
const { LOGIN_ORIGIN: origin, LOGIN_USERS, LOGIN_GITHUB_ID, LOGIN_GITHUB_SECRET: secret,
  LOGIN_SESSIOND: socketPath = '/run/sessiond/internal.sock', LOGIN_GITHUB: github = 'https://github.com/login/oauth',
  LOGIN_GITHUB_API: api = 'https://api.github.com', LOGIN_LISTEN = '127.0.0.1:8090' } = process.env;
const client = { client_id: LOGIN_GITHUB_ID, redirect_uri: `${origin}/login` };
const here = (rd) => rd.match(`^(${origin.replace(/\W/g, '\\$&')})?/(?!/)[!-[\\]-~]{0,1000}$`)?.[0] ?? '/'; // ours only
const sha256 = (plain) => createHash('sha256').update(plain).digest('base64url');
const cookie = (it, age = 0) => `${it}; Path=/; Max-Age=${age}; Secure; HttpOnly; SameSite=Lax`;
const redirect = (to, ...cookies) => [303, '', { Location: to, 'Set-Cookie': cookies }];
const page = (status, message = '') => [status, `${read('page.html')}`.replace('{{message}}', message)];
const sessiond = (expected, method, path, cookies, body) => new Promise((resolve, reject) => {
  const headers = { Cookie: cookies ?? '', 'Content-Type': 'application/json', Connection: 'close' };
  const to = { socketPath, method, path: `/internal/v1/${path}`, headers, signal: AbortSignal.timeout(3000) };
  request(to, (it) => text(it).then((why) => (expected.includes(it.statusCode) ? resolve(it) : reject(why)), reject))
    .on('error', reject).end(JSON.stringify(body));
});
const byPassword = (users, name, password) => // for an unknown name another's hash is tried, so that it takes as long
  verify((users.get(name) ?? [...users.values()][0]).password, password).then((fits) => fits && users.get(name)?.user);
function toGithub(rd) { // PKCE's verifier stays in a cookie; its hash is the challenge, and the state to come back
  const verifier = randomBytes(32).toString('base64url');
  const query = { ...client, state: sha256(verifier), code_challenge: sha256(verifier), code_challenge_method: 'S256' };
  const to = `${github}/authorize?response_type=code&${new URLSearchParams(query)}`;
  return redirect(to, cookie(`__Host-login=${verifier}.${encodeURIComponent(rd)}`, 600));
}
async function byGithub(users, code_verifier = '', state, code) {
  if (!code_verifier || sha256(sha256(code_verifier)) !== sha256(state)) return null; // of hashes, time tells nothing
  const body = new URLSearchParams({ ...client, client_secret: `${read(secret)}`.trim(), code, code_verifier });
  const ask = (url, how) => fetch(url, { ...how, signal: AbortSignal.timeout(5000) }).then((said) => said.json());
  const said = await ask(`${github}/access_token`, { method: 'POST', headers: { Accept: 'application/json' }, body });
  const { id = 'nobody' } = await ask(`${api}/user`, { headers: { Authorization: `Bearer ${said.access_token}` } });
  return [...users.values()].find((each) => each.github === id)?.user;
}
async function answer({ method, url, headers: { origin: from, cookie: jar, 'user-agent': agent, device, ip } }, body) {
  const [asked, form] = [url.split('?')[1], body].map((each) => new URLSearchParams(each));
  const [what, rd, state] = [method === 'POST' && form.get('do'), here(asked.get('rd') ?? ''), asked.get('state')];
  if (method === 'POST' && from !== origin) return page(403, 'Another site sent this.');
  if (what === 'github' || (!what && !state)) return what ? toGithub(rd) : page(200);
  const { statusCode, headers: old } = await sessiond([204, 401, 500], 'GET', 'check', jar);
  const [owner, replaces] = [old['x-session-user']?.replace(/[^\w%]/g, encodeURIComponent), old['x-session-id']];
  if (what === 'out' && statusCode !== 401) await sessiond([204], 'DELETE', `users/${owner}/sessions/${replaces}`, '');
  if (what === 'out') return redirect('/', cookie('__Host-session='));
  const users = new Map(Object.entries(JSON.parse(read(LOGIN_USERS))));
  const [, verifier, begun] = /(?:^|; *)__Host-login=([^;.]*)\.([^;]*)/.exec(jar)?.map(decodeURIComponent) ?? [];
  const user = await (what ? byPassword(users, form.get('name'), form.get('password') ?? '')
    : byGithub(users, verifier, state, asked.get('code')));
  if (!user) return page(401, 'The name or the password is wrong, or GitHub named nobody who is known here.');
  const by = { user_agent: agent, device, ip, ...what && { auth_time: new Date(), amr: ['pwd'] } };
  const { headers } = await sessiond([201], 'POST', 'sessions', '', { user, kind: 'web', replaces, ...by });
  return redirect(what ? rd : here(begun), ...headers['set-cookie'], cookie('__Host-login='));
}
createServer(async (incoming, outgoing) => {
  const [status, body, headers] = await text(incoming).then((form) => answer(incoming, form))
    .catch((error) => console.error(error) ?? page(503, 'This is not possible just now. Try again soon.'));
  outgoing.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Type': 'text/html', ...headers }).end(body);
}).listen(...LOGIN_LISTEN.split(':').reverse());
