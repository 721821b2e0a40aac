// Signs people in at an OpenID provider, has sessiond mint their sessions, and ends them when the provider says that its
// own session is over (OpenID Connect Back-Channel Logout 1.0). How to set it up: login-oidc.conf.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync as read } from 'node:fs';
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, jwtVerify } from 'jose';
const { LOGIN_ORIGIN: origin, LOGIN_OIDC_ISSUER: issuer, LOGIN_OIDC_ID: client_id, LOGIN_OIDC_SECRET: secret,
  LOGIN_SESSIOND: socketPath = '/run/sessiond/internal.sock', LOGIN_LISTEN = '127.0.0.1:8090' } = process.env;
const redirect_uri = `${origin}/login`;
const ask = async (url, how) => {
  const said = await fetch(url, { ...how, signal: AbortSignal.timeout(5000) });
  return said.ok ? said.json() : Promise.reject(new Error(`${url}: ${said.status} ${await said.text()}`));
};
let discovered; // what the provider says of itself, asked for until it has been there once
const provider = () => (discovered ??= ask(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  .then((said) => ({ ...said, keys: createRemoteJWKSet(new URL(said.jwks_uri)) }))
  .catch((error) => { discovered = undefined; throw error; }));
const verify = async (token, more) => // the provider's clock may be half a minute ahead
  (await jwtVerify(token, (await provider()).keys, { issuer, audience: client_id, clockTolerance: 30, ...more })).payload;
const isRefusal = ({ code }) => /^ERR_(JW[ST]_|JOSE_(ALG|NOT)_|JWKS_(NO|MULTIPLE)_)/.test(code); // of jose; others are outages
const here = (rd) => rd.match(`^(${origin.replace(/\W/g, '\\$&')})?/(?!/)[!-[\\]-~]{0,1000}$`)?.[0] ?? '/'; // ours only
const sha256 = (plain) => createHash('sha256').update(plain).digest('base64url');
const cookie = (value, age) => `__Host-login=${value}; Path=/; Max-Age=${age}; Secure; HttpOnly; SameSite=Lax`;
const redirect = (to, ...cookies) => [303, '', { Location: to, 'Set-Cookie': cookies }];
const encode = (words) => encodeURIComponent(words).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
// What the provider calls its session. Nothing where it does not say: then its logout ends all of the person's.
const external = ({ sid }) => (sid ? `${issuer} ${sid}` : undefined);
const methodsOf = ({ amr }) => { // those that sessiond takes
  const fit = Array.isArray(amr) ? amr.filter((each) => /^[!#-+\--[\]-~]{1,64}$/.test(each)).slice(0, 10) : [];
  return fit.length > 0 ? { amr: fit } : {};
};
const sessiond = (expected, method, path, cookies, body) => new Promise((resolve, reject) => {
  const headers = { Cookie: cookies ?? '', ...body && { 'Content-Type': 'application/json' }, Connection: 'close' };
  const to = { socketPath, method, path: `/internal/v1/${path}`, headers, signal: AbortSignal.timeout(3000) };
  request(to, (it) => text(it).then((said) => (expected.includes(it.statusCode)
    ? resolve({ headers: it.headers, said }) : reject(new Error(said))), reject))
    .on('error', reject).end(body && JSON.stringify(body));
});
async function toProvider(rd) { // the verifier of PKCE stays in a cookie; the state and the nonce are made of it
  const verifier = randomBytes(32).toString('base64url');
  const query = { client_id, redirect_uri, response_type: 'code', scope: 'openid profile', state: sha256(`state ${verifier}`),
    nonce: sha256(`nonce ${verifier}`), code_challenge: sha256(verifier), code_challenge_method: 'S256' };
  const to = new URL((await provider()).authorization_endpoint);
  for (const [name, value] of Object.entries(query)) to.searchParams.set(name, value);
  return redirect(to.href, cookie(`${verifier}.${encodeURIComponent(rd)}`, 600));
}
async function signIn(asked, jar, browser) {
  const [, verifier = '', rd = '/'] = /(?:^|; *)__Host-login=([^;.]*)\.([^;]*)/.exec(jar)?.map(decodeURIComponent) ?? [];
  if (!verifier || sha256(sha256(`state ${verifier}`)) !== sha256(asked.get('state'))) return toProvider('/'); // begun elsewhere
  const body = new URLSearchParams({ grant_type: 'authorization_code', code: asked.get('code') ?? '', redirect_uri, client_id,
    client_secret: `${read(secret)}`.trim(), code_verifier: verifier });
  const claims = await verify((await ask((await provider()).token_endpoint, { method: 'POST', body })).id_token);
  if (claims.nonce !== sha256(`nonce ${verifier}`)) throw new Error('the ID token is of another sign-in');
  const { headers: { 'x-session-id': replaces } } = await sessiond([204, 401, 500], 'GET', 'check', jar);
  const at = new Date(claims.iat * 1000);
  const user = { id: claims.sub, username: claims.preferred_username ?? claims.sub, created_at: at, updated_at: at };
  const mint = { user, kind: 'web', ...browser, replaces, external_id: external(claims),
    ...claims.auth_time && { auth_time: new Date(claims.auth_time * 1000) }, ...methodsOf(claims) };
  const { headers } = await sessiond([201], 'POST', 'sessions', '', mint);
  return redirect(here(rd), ...headers['set-cookie'], cookie('', 0));
}
async function endSessions(token) { // section 2.6 of the specification. Without `sub` nobody knows whose sessions are meant
  const event = 'http://schemas.openid.net/event/backchannel-logout';
  const claims = await verify(token, { maxTokenAge: 120, requiredClaims: ['iat', 'jti', 'events', 'sub'] })
    .catch((error) => (isRefusal(error) ? error : Promise.reject(error)));
  if (!claims.events?.[event] || 'nonce' in claims) {
    console.error(`refused a logout token: ${claims.code ?? 'it is none'}`);
    return [400, '{"error":"invalid_request"}', { 'Content-Type': 'application/json' }];
  }
  const which = external(claims) ? `?external_id=${encode(external(claims))}` : '';
  const { said } = await sessiond([200], 'DELETE', `users/${encode(claims.sub)}/sessions${which}`);
  if (said === '{"revoked":0}') console.error('a logout token ended nothing: does the ID token have its sid?');
  return [200, '', {}];
}
async function answer({ method, url, headers: { cookie: jar, 'user-agent': user_agent, device, ip } }, body) {
  const [path, query] = url.split('?');
  if (path === '/login/backchannel') return endSessions(new URLSearchParams(body).get('logout_token') ?? '');
  const asked = new URLSearchParams(query);
  if (asked.has('error')) return [403, `The provider says: ${asked.get('error').replace(/\W/g, ' ')}. To try again: ${origin}/login`, {}];
  if (method === 'GET' && asked.has('state')) return signIn(asked, jar, { user_agent, device, ip });
  return toProvider(here(asked.get('rd') ?? ''));
}
createServer(async (incoming, outgoing) => {
  const [status, body, headers] = await text(incoming).then((form) => answer(incoming, form))
    .catch((error) => console.error(error) ?? [503, 'This is not possible just now. Try again soon.', {}]);
  outgoing.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain', ...headers }).end(body);
}).listen(...LOGIN_LISTEN.split(':').reverse());
