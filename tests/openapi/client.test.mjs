// A client that a public generator makes of the public document drives every public operation of
// the real stack. The only thing it is told is where the site is and which token to present.
// @ts-check
import test from "node:test";
import assert from "node:assert/strict";
import * as api from "./generated/sdk.gen.js";
import { client } from "./generated/client.gen.js";
import { documents, findOperation, operations, problems } from "./contract.mjs";
import { startStack } from "./stack.mjs";

/** @typedef {import("./generated/types.gen.js").SessionSummary} SessionSummary */

// What the client got, as lines of a response log, and the operations that succeeded.
/** @type {{method: string, path: string, status: number, headers: object, body: string}[]} */
const exchanges = [];
client.interceptors.response.use(async (response, request) => {
  exchanges.push({
    method: request.method, path: new URL(request.url).pathname, status: response.status,
    headers: { ...Object.fromEntries(response.headers), ...cookieHeader(response) },
    body: await response.clone().text(),
  });
  return response;
});

/** @param {Response} response */
function cookieHeader(response) {
  const cookies = response.headers.getSetCookie();
  return cookies.length ? { "set-cookie": cookies } : {};
}

// Both ways to present a token, as the generated client offers them.
/** @param {string} token */
const byCookie = (token) => ({ auth: (/** @type {{in?: string}} */ scheme) => scheme.in === "cookie" ? token : undefined });
/** @param {string} token */
const byBearer = (token) => ({ auth: (/** @type {{scheme?: string}} */ scheme) => scheme.scheme === "bearer" ? token : undefined });

// The value of the session cookie, which must have exactly the attributes of the contract.
/** @param {Response | undefined} response */
function sessionCookie(response) {
  const [cookie, ...others] = response?.headers.getSetCookie() ?? [];
  assert.deepEqual(others, []);
  const [pair, ...attributes] = cookie.split("; ");
  assert.deepEqual(attributes.filter((each) => !each.startsWith("Max-Age=")).sort(),
    ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
  assert.match(attributes.find((each) => each.startsWith("Max-Age=")) ?? "", /^Max-Age=\d+$/);
  assert.match(pair, /^__Host-session=/);
  return pair.slice("__Host-session=".length);
}

/** @param {string} username */
async function signIn(username) {
  const { data, response } = await api.devLogin({ body: { username } });
  assert.equal(data?.username, username);
  return { user: data, token: sessionCookie(response) };
}

/** @param {SessionSummary[] | undefined} sessions */
const current = (sessions) => (sessions ?? []).filter((session) => session.is_current);

test("the generated client drives every public operation", async (t) => {
  const stack = await startStack({ SESSIOND_DEVICE_LOGIN: "http://localhost/device", SESSIOND_EVENTS_KEPT: "1h" });
  t.after(() => stack.stop());
  client.setConfig({ baseUrl: stack.address });

  await t.test("the site serves the document", async () => {
    const response = await fetch(`${stack.address}/api/v1/openapi.json`);
    assert.deepEqual(await response.json(), documents.public);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(response.headers.get("cache-control"), "no-store");
  });

  await t.test("health and readiness", async () => {
    assert.deepEqual((await api.getHealth()).data, { status: "ok" });
    assert.deepEqual((await api.getReadiness()).data, { status: "ok" });
  });

  await t.test("without a token there is no access", async () => {
    const { error, response } = await api.listSessions();
    assert.deepEqual([response?.status, error?.code], [401, "unauthorized"]);
    assert.equal(response?.headers.get("www-authenticate"), "Bearer");
  });

  await t.test("a browser signs in and sees its user and its session", async () => {
    const { user, token } = await signIn("alice");
    assert.deepEqual((await api.getMe(byCookie(token))).data, user);
    const sessions = (await api.listSessions(byCookie(token))).data;
    assert.deepEqual(current(sessions).map(({ kind }) => kind), ["web"]);
  });

  await t.test("a command line is paired, once", async () => {
    const browser = await signIn("bob");
    const code = (await api.requestGrant(byCookie(browser.token))).data?.code ?? "";
    const typed = ` ${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase();
    const redeemed = (await api.redeemGrant({ body: { code: typed } })).data;
    assert.deepEqual(redeemed?.user, browser.user);
    const cli = byBearer(redeemed?.token ?? "");
    assert.deepEqual(current((await api.listSessions(cli)).data).map(({ kind }) => kind), ["cli"]);

    const again = await api.redeemGrant({ body: { code } });
    assert.deepEqual([again.response?.status, again.error?.code], [401, "unauthorized"]);
    const short = await api.redeemGrant({ body: { code: "ABC" } });
    assert.deepEqual([short.response?.status, short.error?.code], [400, "bad_request"]);
    const chained = await api.requestGrant(cli);
    assert.deepEqual([chained.response?.status, chained.error?.code], [403, "forbidden"]);
  });

  await t.test("one session is ended, and is then unknown", async () => {
    const [mine, other] = [await signIn("carol"), await signIn("carol")];
    const [{ id }] = current((await api.listSessions(byCookie(other.token))).data);
    const revoke = (/** @type {string} */ id) => api.revokeSession({ path: { id }, ...byCookie(mine.token) });
    assert.equal((await revoke(id)).response?.status, 204);
    assert.equal((await api.getMe(byCookie(other.token))).response?.status, 401);
    const { data: how } = await api.howEnded(byCookie(other.token));
    assert.deepEqual([how?.reason, how?.by?.kind], ["revoked", "web"]);
    assert.equal((await api.howEnded(byCookie(mine.token))).error?.code, "not_found");
    const [gone, nonsense] = [await revoke(id), await revoke("nonsense")];
    assert.deepEqual([gone.response?.status, gone.error?.code], [404, "not_found"]);
    assert.deepEqual(nonsense.error, gone.error);
  });

  await t.test("a session is given a name, and loses it", async () => {
    const { token } = await signIn("grace");
    const own = async () => current((await api.listSessions(byCookie(token))).data)[0];
    const { id, name: before } = await own();
    const rename = (/** @type {string | null} */ name) => api.renameSession({ path: { id }, body: { name }, ...byCookie(token) });
    assert.equal(before, undefined);
    assert.equal((await rename("work laptop")).response?.status, 204);
    assert.equal((await own()).name, "work laptop");
    assert.equal((await rename(null)).response?.status, 204);
    assert.equal((await own()).name, undefined);
    assert.equal((await rename("")).error?.code, "bad_request");
  });

  await t.test("all others are ended", async () => {
    const [mine, ...others] = [await signIn("dave"), await signIn("dave"), await signIn("dave")];
    assert.deepEqual((await api.revokeOtherSessions(byCookie(mine.token))).data, { revoked: 2 });
    for (const { token } of others)
      assert.equal((await api.getMe(byCookie(token))).response?.status, 401);
    assert.equal((await api.listSessions(byCookie(mine.token))).data?.length, 1);
  });

  await t.test("signing out ends the session and clears the cookie", async () => {
    const { token } = await signIn("erin");
    const { response } = await api.logout(byCookie(token));
    assert.equal(response?.status, 204);
    assert.equal(sessionCookie(response), "");
    assert.equal((await api.getMe(byCookie(token))).error?.code, "unauthorized");
  });

  await t.test("a token ends its own session", async () => {
    const { token } = await signIn("frank");
    assert.equal((await api.revokeToken({ body: { token } })).response?.status, 200);
    assert.equal((await api.getMe(byCookie(token))).response?.status, 401);
  });

  await t.test("a command line begins the conversation, and waits for a person", async () => {
    const browser = await signIn("heidi");
    const begin = async () => (await api.beginDevice({ body: { client_id: "path-cli" } })).data;
    const poll = (/** @type {string | undefined} */ device_code) => api.pollDevice({ body: {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code", client_id: "path-cli", device_code: device_code ?? "" } });
    const codes = await begin();
    const body = { code: codes?.user_code ?? "" };
    assert.equal((await api.findDevice({ body, ...byCookie(browser.token) })).data?.client_id, "path-cli");
    assert.equal((await api.approveDevice({ body, ...byCookie(browser.token) })).response?.status, 204);
    const cli = byBearer((await poll(codes?.device_code)).data?.access_token ?? "");
    assert.deepEqual((await api.getMe(cli)).data, browser.user);
    assert.equal((await poll(codes?.device_code)).error?.error, "expired_token");

    const refused = await begin();
    assert.equal((await poll(refused?.device_code)).error?.error, "authorization_pending");
    assert.equal((await poll(refused?.device_code)).error?.error, "slow_down");
    assert.equal((await api.denyDevice({ body: { code: refused?.user_code ?? "" }, ...byCookie(browser.token) })).response?.status, 204);
    assert.equal((await api.findDevice({ body, ...byCookie(browser.token) })).error?.code, "not_found");
    assert.equal((await api.beginDevice({ body: { client_id: "" } })).error?.error, "invalid_request");
  });

  await t.test("every public operation succeeded at least once", () => {
    const succeeded = exchanges.filter(({ status }) => status < 300).map((each) => findOperation(each)?.operation.operationId);
    for (const { realm, operation } of operations)
      if (realm === "public") assert.ok(succeeded.includes(operation.operationId), operation.operationId);
  });

  await t.test("every response was as described", () =>
    assert.deepEqual(exchanges.flatMap((each) =>
      problems(each).map((problem) => `${each.method} ${each.path} ${each.status}: ${problem}`)), []));
});
