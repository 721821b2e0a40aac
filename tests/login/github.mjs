// An OAuth server in GitHub's place: oidc-provider, which holds a client to PKCE, to its exact redirect URI and to its
// secret, and takes a code once. Around it, what is GitHub's own way: the user API; no need of a scope nor of a
// grant_type; a refusal of a code with status 200; and answers that are JSON only for who asks for it.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

/** Starts it for a site. Resolves to its address, and `account`, the number of who is signed in there. */
export async function startGithub(site, client) {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const github = { url, account: 0, stop: () => server.close() || server.closeAllConnections() };
  const provider = new Provider(url, {
    ttl: { Interaction: 60, Grant: 60, Session: 60, AccessToken: 60, IdToken: 60 },
    clients: [{
      client_id: client.id, client_secret: client.secret, redirect_uris: [`${site}/login`],
      token_endpoint_auth_method: 'client_secret_post',
    }],
    routes: { authorization: '/authorize', token: '/access_token' },
    pkce: { required: () => true, methods: ['S256'] },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['a key'] },
    interactions: { url: () => '/who' },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
  });
  provider.use(async (context, next) => {
    await next();
    if (context.path !== '/access_token') return;
    if (context.status === 400) context.status = 200;
    if (context.get('Accept') === 'application/json') return;
    context.body = new URLSearchParams(context.body).toString();
    context.type = 'application/x-www-form-urlencoded';
  });
  const answers = provider.callback();
  server.on('request', async (incoming, outgoing) => {
    const json = (status, body) => outgoing.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    if (incoming.url === '/who') {
      await provider.interactionFinished(incoming, outgoing, { login: { accountId: String(github.account) } });
    } else if (incoming.url === '/user') {
      if (!incoming.headers['user-agent']) return json(403, { message: 'Request forbidden by administrative rules.' });
      const token = await provider.AccessToken.find(incoming.headers.authorization?.replace(/^Bearer /, '') ?? '');
      if (!token) return json(401, { message: 'Bad credentials', status: '401' });
      json(200, { login: `user-${token.accountId}`, id: Number(token.accountId), name: null });
    } else {
      if (incoming.url === '/access_token') {
        incoming.body = { grant_type: 'authorization_code', ...Object.fromEntries(new URLSearchParams(await text(incoming))) };
      } else if (incoming.url.startsWith('/authorize?')) {
        incoming.url += '&scope=openid';
      }
      answers(incoming, outgoing);
    }
  });
  return github;
}
