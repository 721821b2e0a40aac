// OAuth clients that others wrote introspect and revoke tokens of the real stack, with nothing in between that
// knows of sessiond: oauth4webapi in Node.js, Authlib in Python, and Apache's mod_auth_openidc as a gateway.
import test from "node:test";
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile, chmod } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";
import * as oauth from "oauth4webapi";
import { freePort, startStack } from "./stack.mjs";

const run = promisify(execFile);
const credentials = { id: "gateway", secret: "a secret that nobody asks for" };

// Such clients know URLs, not sockets: a port of this machine that leads to the socket.
async function portTo(socket, tls) {
  const pass = (client) => {
    const inner = connect(socket);
    client.pipe(inner).pipe(client);
    for (const end of [client, inner]) end.on("error", () => { client.destroy(); inner.destroy(); });
  };
  const server = (tls ? createTlsServer(tls, pass) : createServer(pass)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

// The middle of Apache's configuration is what a site has; the rest lets it run here.
function apacheConfig(folder, port, introspection) {
  const modules = ["mpm_event", "authn_core", "authz_core", "authz_user", "headers", "auth_openidc"];
  return `
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/log
DocumentRoot ${folder}
User www-data
Group www-data
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}

OIDCOAuthIntrospectionEndpoint ${introspection}
OIDCOAuthIntrospectionEndpointAuth client_secret_basic
OIDCOAuthClientID ${credentials.id}
OIDCOAuthClientSecret "${credentials.secret}"
# Otherwise a session that was revoked is taken until its \`exp\`.
OIDCOAuthTokenIntrospectionInterval -1
<Location />
  AuthType oauth20
  Require valid-user
  Header set X-Told "expr=%{REMOTE_USER} %{reqenv:OIDC_CLAIM_username} %{reqenv:OIDC_CLAIM_client_id}"
</Location>

OIDCOAuthSSLValidateServer Off
`;
}

async function startApache(introspection) {
  const folder = await mkdtemp(join(tmpdir(), "sessiond-apache."));
  await chmod(folder, 0o755);
  const port = await freePort();
  await writeFile(`${folder}/conf`, apacheConfig(folder, port, introspection));
  await writeFile(`${folder}/page`, "hello");
  const apache = spawn("/usr/sbin/apache2", ["-f", `${folder}/conf`, "-DFOREGROUND"], { stdio: "inherit" });
  const ended = once(apache, "exit");
  const get = (token) => fetch(`http://127.0.0.1:${port}/page`, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
  const stop = async () => { apache.kill("SIGTERM"); await ended; await rm(folder, { recursive: true }); };
  while (!(await get().catch(() => false))) {
    if (apache.exitCode !== null) throw new Error(`Apache ended: ${await readFile(`${folder}/log`, "utf8")}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { get, stop };
}

async function certificate() {
  const folder = await mkdtemp(join(tmpdir(), "sessiond-certificate."));
  await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
    "-keyout", `${folder}/key`, "-out", `${folder}/cert`]);
  const tls = { key: await readFile(`${folder}/key`), cert: await readFile(`${folder}/cert`) };
  await rm(folder, { recursive: true });
  return tls;
}

const authlib = `
import json, sys
from authlib.integrations.requests_client import OAuth2Session
client_id, secret, introspection, revocation, token = sys.argv[1:]
client = OAuth2Session(client_id, secret, revocation_endpoint_auth_method="client_secret_basic")
before = client.introspect_token(introspection, token=token, token_type_hint="access_token")
revoked = client.revoke_token(revocation, token=token)
after = client.introspect_token(introspection, token=token)
print(json.dumps([before.json(), revoked.status_code, revoked.text, after.json()]))
`;

test("OAuth clients need nothing in between", async (t) => {
  const stack = await startStack({ SESSIOND_DEVICE_LOGIN: "http://localhost/device" });
  t.after(() => stack.stop());
  const [plain, tls] = [await portTo(stack.internalSocket), await portTo(stack.internalSocket, await certificate())];
  t.after(() => [plain, tls].forEach((server) => server.close()));
  const introspection = `http://127.0.0.1:${plain.address().port}/internal/v1/introspect`;
  const revocation = `${stack.address}/oauth/revoke`;

  const signIn = async (username) => {
    const response = await fetch(`${stack.address}/api/v1/auth/dev-login`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ username }) });
    return /^__Host-session=([^;]+)/.exec(response.headers.getSetCookie()[0])[1];
  };
  const seenOf = (username, told) => {
    const { iat, exp, jti, ...rest } = told;
    assert.deepEqual(rest, { active: true, sub: `dev:${username}`, username, client_id: "web", token_type: "Bearer" });
    assert.ok(iat <= Date.now() / 1000 && Date.now() / 1000 < exp, `${iat} ${exp}`);
    assert.match(jti, /^[0-9a-f-]{36}$/);
  };

  await t.test("oauth4webapi, in Node.js", async () => {
    const server = { issuer: stack.address, introspection_endpoint: introspection, revocation_endpoint: revocation };
    const client = { client_id: credentials.id };
    const options = { [oauth.allowInsecureRequests]: true };
    const introspect = async (token, how) =>
      oauth.processIntrospectionResponse(server, client, await oauth.introspectionRequest(server, client, how, token, options));
    const basic = oauth.ClientSecretBasic(credentials.secret), inBody = oauth.ClientSecretPost(credentials.secret);
    const token = await signIn("alice");
    seenOf("alice", await introspect(token, basic));
    seenOf("alice", await introspect(token, inBody));
    for (const handedIn of [token, token, "nonsense"])
      await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, oauth.None(), handedIn, options));
    for (const dead of [token, "nonsense"]) assert.deepEqual(await introspect(dead, basic), { active: false });

    // A failure in our shape is one that it can read.
    const twice = { ...options, [oauth.customFetch]: (url, init) => fetch(url, { ...init, body: "token=a&token=b" }) };
    for (const [request, read] of [
      [oauth.introspectionRequest, (response) => oauth.processIntrospectionResponse(server, client, response)],
      [oauth.revocationRequest, oauth.processRevocationResponse]])
      await assert.rejects(async () => read(await request(server, client, basic, "a", twice)),
        { name: "ResponseBodyError", status: 400, error: "the form has more than one token" });
  });

  await t.test("oauth4webapi connects a CLI that begins the conversation (RFC 8628)", async () => {
    const server = { issuer: stack.address, device_authorization_endpoint: `${stack.address}/oauth/device_authorization`,
      token_endpoint: `${stack.address}/oauth/token` };
    const client = { client_id: "path-cli" };
    const options = { [oauth.allowInsecureRequests]: true };
    const begin = async () => oauth.processDeviceAuthorizationResponse(server, client,
      await oauth.deviceAuthorizationRequest(server, client, oauth.None(), { scope: "everything" }, options));
    const poll = async ({ device_code }, who = client) => oauth.processDeviceCodeResponse(server, who,
      await oauth.deviceCodeGrantRequest(server, who, oauth.None(), device_code, options));
    const browser = await signIn("dan");
    const decide = async (what, { user_code }) => (await fetch(`${stack.address}/api/v1/auth/devices/${what}`, { method: "POST",
      headers: { Authorization: `Bearer ${browser}`, "Content-Type": "application/json" }, body: JSON.stringify({ code: user_code }) })).status;
    const refusedWith = (error, codes, who) => assert.rejects(() => poll(codes, who), { name: "ResponseBodyError", status: 400, error });

    const codes = await begin();
    assert.equal(codes.verification_uri_complete, `http://localhost/device#user_code=${codes.user_code}`);
    assert.deepEqual([codes.expires_in, codes.interval], [600, 5]);
    assert.equal(await decide("approve", codes), 204);
    const { access_token, token_type, expires_in, ...more } = await poll(codes);
    assert.deepEqual([token_type, expires_in, more], ["bearer", 90 * 24 * 3600, {}]);
    const me = await fetch(`${stack.address}/api/v1/u/me`, { headers: { Authorization: `Bearer ${access_token}` } });
    assert.equal((await me.json()).username, "dan");
    await refusedWith("expired_token", codes);

    const refused = await begin();
    assert.equal(await decide("deny", refused), 204);
    await refusedWith("access_denied", refused);
    const waiting = await begin();
    await refusedWith("invalid_grant", waiting, { client_id: "another-cli" });
    await refusedWith("authorization_pending", waiting);
    await refusedWith("slow_down", waiting);
    await refusedWith("invalid_grant", { device_code: "nonsense" });
  });

  await t.test("Authlib, in Python", async () => {
    const { stdout } = await run("/usr/bin/python3",
      ["-c", authlib, credentials.id, credentials.secret, introspection, revocation, await signIn("bob")]);
    const [before, status, text, after] = JSON.parse(stdout);
    seenOf("bob", before);
    assert.deepEqual([status, text, after], [200, "", { active: false }]);
  });

  await t.test("Apache lets in whom introspection names, until the very revocation", async () => {
    const apache = await startApache(`https://127.0.0.1:${tls.address().port}/internal/v1/introspect`);
    t.after(() => apache.stop());
    const token = await signIn("carol");
    const page = await apache.get(token);
    assert.deepEqual([page.status, await page.text()], [200, "hello"]);
    assert.equal(page.headers.get("x-told"), "dev:carol carol web");
    for (const wrong of [undefined, "nonsense", `${token}x`]) assert.equal((await apache.get(wrong)).status, 401, wrong);
    const revoked = await fetch(revocation, { method: "POST", body: new URLSearchParams({ token }) });
    assert.deepEqual([revoked.status, await revoked.text()], [200, ""]);
    assert.equal((await apache.get(token)).status, 401);
  });
});
