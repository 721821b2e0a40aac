// Signing in at an OpenID provider, npm's oidc-provider, and what becomes of sessions when the provider ends its own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { freePort, startStack } from '../browser/stack.mjs';
import { Visitor, userAgent } from './visitor.mjs';

const client = { id: 'the site', secret: 'a secret of the site' };
const event = 'http://schemas.openid.net/event/backchannel-logout';

// Resolves to the provider, at which everybody is `account`. It keeps the ID tokens that it gives.
async function startProvider(site, key) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const here = { url, account: 'nobody', idTokens: [], problems: [], stop: () => server.close() || server.closeAllConnections() };
  const provider = new Provider(url, {
    ttl: { Interaction: 60, Grant: 60, Session: 60, AccessToken: 60, IdToken: 60 },
    clients: [{
      client_id: client.id, client_secret: client.secret, redirect_uris: [`${site}/login`],
      token_endpoint_auth_method: 'client_secret_post',
      backchannel_logout_uri: `${site}/login/backchannel`, backchannel_logout_session_required: true,
    }],
    jwks: { keys: [key] },
    pkce: { required: () => true, methods: ['S256'] },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    cookies: { keys: ['a key'] },
    interactions: { url: () => '/who' },
    conformIdTokenClaims: false,
    claims: { profile: ['preferred_username'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: `name of ${id}` }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
  provider.on('backchannel.error', (_, error) => here.problems.push(error));
  provider.use(async (context, next) => {
    await next();
    if (context.body?.id_token) here.idTokens.push(context.body.id_token);
  });
  const answers = provider.callback();
  server.on('request', async (incoming, outgoing) => {
    if (here.isAway) return incoming.destroy();
    if (incoming.url !== '/who') return answers(incoming, outgoing);
    await provider.interactionFinished(incoming, outgoing, { login: { accountId: here.account } });
  });
  return here;
}

describe('a login service for an OpenID provider', () => {
  let provider;
  let stack;
  let key;
  let visitors;
  const folder = mkdtempSync(join(tmpdir(), 'sessiond-oidc.'));

  before(async () => {
    const port = await freePort();
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    key = { ...await exportJWK(privateKey), alg: 'RS256', use: 'sig', kid: 'the key' };
    provider = await startProvider(`http://localhost:${port}`, key);
    key.private = privateKey;
    writeFileSync(join(folder, 'secret'), `${client.secret}\n`);
    stack = await startStack({
      LOGIN: 'oidc', LOGIN_OIDC_ISSUER: provider.url, LOGIN_OIDC_ID: client.id, LOGIN_OIDC_SECRET: join(folder, 'secret'),
      SESSIOND_RECORD_ACTIVITY: 'true', SESSIOND_RECORD_IP: 'full',
    }, port);
  });
  after(async () => {
    await stack?.stop();
    provider?.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    visitors = [];
    provider.idTokens = [];
  });
  afterEach(() => visitors.forEach((visitor) => visitor.close()));

  // Somebody who has signed in as `account`, in a browser of their own.
  async function signIn(account, rd = '/app/') {
    provider.account = account;
    const visitor = new Visitor(stack.url);
    visitors.push(visitor);
    const answer = await visitor.back(await visitor.ask(`/login?rd=${encodeURIComponent(rd)}`));
    assert.deepEqual([answer.status, answer.header('location')], [303, rd], answer.body);
    return visitor;
  }
  // Signs out at the provider, which asks whether one wants to.
  async function signOutThere(visitor) {
    const { body } = await visitor.ask(`${provider.url}/session/end`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(body)[1];
    const answer = await visitor.send(`${provider.url}/session/end/confirm`, { xsrf, logout: 'yes' });
    assert.equal(answer.status, 303, answer.body);
    assert.deepEqual(provider.problems, []);
  }
  const isSignedIn = async (visitor) => (await visitor.ask('/app/')).status === 200;
  const tell = (token) => visitors[0].send('/login/backchannel', { logout_token: token }, undefined);
  const payloadOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

  test('signs people in, and leads back to the page that was asked for', async () => {
    const visitor = await signIn('alice', '/app/?a=1&b=2');
    assert.match((await visitor.ask('/app/')).body, /^user=alice session=.* kind=web /);
    const [session, ...others] = await visitor.sessions();
    assert.deepEqual([session.user_agent, session.is_current, others], [userAgent, true, []]);
    assert.match(session.ip, /^127\.1\./, 'the visitor’s, not nginx’s');
    const [{ external_id: id }] = (await stack.operate('GET', '/internal/v1/users/alice/sessions')).body;
    assert.equal(id, `${provider.url} ${payloadOf(provider.idTokens[0]).sid}`);
    assert.equal(JSON.parse((await visitor.ask('/api/v1/u/me')).body).username, 'name of alice');
  });

  test('ends the session that was minted from the one that the provider ends, and no other', async () => {
    const user = "o'neil/\u00fc";
    const [first, second, stranger] = [await signIn(user), await signIn(user), await signIn('bob')];
    await signOutThere(first);
    assert.deepEqual([await isSignedIn(first), await isSignedIn(second), await isSignedIn(stranger)], [false, true, true]);
    await signOutThere(second);
    assert.deepEqual([await isSignedIn(second), await isSignedIn(stranger)], [false, true]);
  });

  test('keeps one session a browser', async () => {
    const visitor = await signIn('carol');
    await visitor.back(await visitor.ask('/login'));
    assert.equal((await visitor.sessions()).length, 1);
  });

  test('begins anew where a sign-in was begun elsewhere', async () => {
    const [mine, other] = [await signIn('dave'), await signIn('mallory')];
    await mine.ask('/login'); // so that there is a verifier
    const answer = await mine.ask(await other.atGithub(await other.ask('/login')));
    assert.equal(new URL(answer.header('location')).origin, provider.url);
    assert.match((await mine.ask('/app/')).body, /^user=dave /);
  });

  test('refuses what is no logout token of the provider’s for this site', async () => {
    const visitor = await signIn('erin');
    const { iss, aud, sub, sid } = payloadOf(provider.idTokens[0]);
    const sign = (claims, { by = key.private, alg = 'RS256', age = 0 } = {}) => new SignJWT({
      iss, aud, sub, sid, jti: 'an id', events: { [event]: {} }, iat: Math.floor(Date.now() / 1000) - age, ...claims,
    }).setProtectedHeader({ alg, kid: 'the key', typ: 'logout+jwt' }).sign(by);
    const { privateKey: another } = await generateKeyPair('RS256');
    const refused = {
      'no token': '', 'no JWT': 'nonsense', 'an ID token': provider.idTokens[0],
      'one that is not signed': (await sign({})).replace(/^[^.]*/, Buffer.from('{"alg":"none"}').toString('base64url')).replace(/[^.]*$/, ''),
      'one by another key': await sign({}, { by: another }),
      'one by the client’s secret': await sign({}, { by: new TextEncoder().encode(client.secret.padEnd(32)), alg: 'HS256' }),
      'one of another provider': await sign({ iss: 'https://id.example.org' }),
      'one for another site': await sign({ aud: 'another' }),
      'one without its event': await sign({ events: {} }),
      'one with a nonce': await sign({ nonce: 'x' }),
      'one of nobody': await sign({ sub: undefined }),
      'one without an id': await sign({ jti: undefined }),
      'an old one': await sign({}, { age: 3600 }),
      'one of another session': await sign({ sid: 'another' }),
    };
    for (const [what, token] of Object.entries(refused)) {
      assert.equal((await tell(token)).status, what === 'one of another session' ? 200 : 400, what);
      assert.equal(await isSignedIn(visitor), true, what);
    }
    assert.equal((await visitor.ask('/login/backchannel')).status, 403);
    assert.equal((await tell(await sign({}, { age: -10 }))).status, 200, 'the provider’s clock is a little ahead');
    assert.equal(await isSignedIn(visitor), false);
  });

  test('begins without the provider, tells it to come again while it cannot be asked for its keys, and then goes on', async () => {
    const visitor = await signIn('grace');
    const { iss, aud, sub, sid } = payloadOf(provider.idTokens[0]);
    const { privateKey: newer } = await generateKeyPair('RS256');
    const token = await new SignJWT({ iss, aud, sub, sid, jti: 'an id', events: { [event]: {} } })
      .setIssuedAt().setProtectedHeader({ alg: 'RS256', kid: 'a newer key' }).sign(newer);
    provider.isAway = true;
    const own = await startStack({
      LOGIN: 'oidc', LOGIN_OIDC_ISSUER: provider.url, LOGIN_OIDC_ID: client.id, LOGIN_OIDC_SECRET: join(folder, 'secret'),
    });
    try {
      const away = new Visitor(own.url);
      visitors.push(away);
      assert.equal((await away.send('/login/backchannel', { logout_token: token }, undefined)).status, 503);
      assert.equal((await away.ask('/login')).status, 503);
      provider.isAway = false;
      assert.equal((await away.ask('/login')).status, 303);
    } finally {
      provider.isAway = false;
      await own.stop();
    }
    assert.equal(await isSignedIn(visitor), true);
  });

  test('ends all of somebody’s sessions where the provider does not say which', async () => {
    const [first, second] = [await signIn('frank'), await signIn('frank')];
    const { iss, aud, sub } = payloadOf(provider.idTokens[0]);
    const token = await new SignJWT({ iss, aud, sub, jti: 'an id', events: { [event]: {} } })
      .setIssuedAt().setProtectedHeader({ alg: 'RS256', kid: 'the key' }).sign(key.private);
    assert.equal((await tell(token)).status, 200);
    assert.deepEqual([await isSignedIn(first), await isSignedIn(second)], [false, false]);
  });
});
