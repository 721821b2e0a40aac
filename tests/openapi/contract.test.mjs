// The check of responses itself: it lets right responses pass and catches wrong ones.
import test from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { problems } from "./contract.mjs";

const id = "0193585c-2b1e-7000-8000-00000000abcd";
const at = "2026-11-23T06:06:29.861Z";
const user = { id: "1", username: "alice", created_at: at, updated_at: at, plan: { seats: 3 } };
const session = { id, kind: "web", created_at: at, expires_at: at, is_current: true, user_agent: null };
const introspected = { active: true, sub: "1", username: "alice", client_id: "web", token_type: "Bearer", iat: 1, exp: 2, jti: id };
const html = { "Content-Type": "text/html" };
const cookie = "__Host-session=x; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60";

// An exchange with the headers that every response has. A body makes it JSON; null takes a header away.
function exchange(method, path, status, body, headers = {}) {
  const all = {
    "X-Request-Id": "0123456789abcdef0123456789abcdef",
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
    ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers,
  };
  return {
    method, path, status,
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)),
    body: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
  };
}

const failure = (code) => ({ code, error: "for people" });
const sessions = "/api/v1/auth/sessions";

const right = {
  "a list": exchange("GET", sessions, 200, [session]),
  "a list whose sessions say more": exchange("GET", sessions, 200, [{ ...session, country: "NL" }]),
  "a list that says how they signed in": exchange("GET", sessions, 200, [{ ...session, auth_time: at, acr: "2fa", amr: ["pwd", "otp"] }]),
  "a list without user agents": exchange("GET", sessions, 200, [{ ...session, user_agent: undefined }]),
  "HEAD of a list": exchange("HEAD", sessions, 200, undefined, { "Content-Type": "application/json" }),
  "a query string": exchange("GET", `${sessions}?token=x`, 200, []),
  "a charset": exchange("GET", sessions, 200, [], { "Content-Type": "application/json; charset=utf-8" }),
  "others revoked": exchange("DELETE", sessions, 200, { revoked: 0 }),
  "one revoked": exchange("DELETE", `${sessions}/${id}`, 204),
  "none such": exchange("DELETE", `${sessions}/nonsense`, 404, failure("not_found")),
  "no token": exchange("GET", "/api/v1/u/me", 401, failure("unauthorized"), { "WWW-Authenticate": "Bearer" }),
  "a user": exchange("GET", "/api/v1/u/me", 200, user),
  "a grant": exchange("POST", "/api/v1/auth/cli/request-grant", 200, { code: "ABCD2345", expires_in: 600 }),
  "a redeemed grant": exchange("POST", "/api/v1/auth/cli/redeem", 200, { token: "pat_x-_", user }),
  "a logout": exchange("POST", "/api/v1/auth/logout", 204, undefined, { "Set-Cookie": [cookie] }),
  "a token handed in": exchange("POST", "/oauth/revoke", 200),
  "a living token": exchange("POST", "/internal/v1/introspect", 200, introspected),
  "a dead one": exchange("POST", "/internal/v1/introspect", 200, { active: false }),
  "an outage": exchange("GET", "/readyz", 503, failure("internal_error"), { "Retry-After": "1" }),
  "no such method": exchange("PUT", sessions, 405, failure("bad_request"), { Allow: "DELETE, GET, HEAD" }),
  "no such route": exchange("GET", "/api/v2", 404, failure("not_found")),
  "a mint": exchange("POST", "/internal/v1/sessions", 201, { id, token: "x", expires_at: at }, { "Set-Cookie": cookie }),
  "a check": exchange("GET", "/internal/v1/check", 204, undefined, {
    "X-Session-Id": id, "X-Session-Kind": "cli", "X-Session-User": "1", "X-Session-Expires-At": at }),
  "a check that says how they signed in": exchange("GET", "/internal/v1/check?max_age=300&acr=2fa", 204, undefined, {
    "X-Session-Id": id, "X-Session-Kind": "web", "X-Session-User": "1", "X-Session-Expires-At": at,
    "X-Session-Auth-Time": at, "X-Session-Amr": "pwd,otp", "X-Session-Acr": "urn:x:2fa" }),
  "a check that wants a new proof": exchange("GET", "/internal/v1/check?max_age=300&acr=2fa", 401, failure("unauthorized"), {
    "WWW-Authenticate": `Bearer error="insufficient_user_authentication", max_age="300", acr_values="2fa urn:x:3fa"`,
    "X-Session-Login": "/login?rd=%2F&max_age=300&acr_values=2fa%20urn%3Ax%3A3fa" }),
  "a new proof": exchange("POST", `/internal/v1/sessions/${id}/reauthenticated`, 204),
  "an older proof": exchange("POST", `/internal/v1/sessions/${id}/reauthenticated`, 409, failure("conflict")),
  "an internal route, seen from outside": {
    realm: "public", ...exchange("POST", "/internal/v1/sessions", 404, failure("not_found")) },
  "a path that leads out of ours": exchange("GET", "/api/v1/auth/%2e%2e/%2e./..//internal/v1/check", 404, "<p>", html),
  "an internal route, not passed on by the site": { realm: "public", ...exchange("POST", "/internal/v1/sessions", 404, "<p>", html) },
  "a public route, on the internal socket": { realm: "internal", ...exchange("GET", sessions, 404, failure("not_found")) },
  "a target that nginx does not read": exchange("GET", `${sessions}/%zz`, 400, "<p>", html),
  "TRACE, which nginx refuses": exchange("TRACE", sessions, 405, "<p>", html),
  "a body too large for a method that is none": exchange("POST", sessions, 413, failure("bad_request")),
  "a page of the site": exchange("GET", "/settings/sessions/", 200, "<p>", html),
};

for (const [name, given] of Object.entries(right))
  test(`right: ${name}`, () => assert.deepEqual(problems(given), []));

// Each is one of the above with one thing wrong, and what must be said of it.
const wrong = {
  "a status that the operation does not have": [exchange("GET", sessions, 418, failure("bad_request")), /no status 418/],
  "403 where nothing is forbidden": [exchange("GET", sessions, 403, failure("forbidden")), /no status 403/],
  "500": [exchange("GET", sessions, 500, failure("internal_error")), /no status 500/],
  "an array that is an object": [exchange("GET", sessions, 200, { sessions: [] }), /must be array/],
  "a missing property": [exchange("GET", sessions, 200, [{ ...session, is_current: undefined }]), /is_current/],
  "a kind that is none": [exchange("GET", sessions, 200, [{ ...session, kind: "app" }]), /allowed values/],
  "an id that is not a UUID": [exchange("GET", sessions, 200, [{ ...session, id: "1" }]), /uuid/],
  "a time without milliseconds": [exchange("GET", sessions, 200, [{ ...session, created_at: "2026-11-23T06:06:29Z" }]), /pattern/],
  "a time that is none": [exchange("GET", sessions, 200, [{ ...session, expires_at: "2026-13-23T06:06:29.861Z" }]), /date-time/],
  "a user agent of the wrong type": [exchange("GET", sessions, 200, [{ ...session, user_agent: 1 }]), /user_agent/],
  "a user without a name": [exchange("GET", "/api/v1/u/me", 200, { ...user, username: undefined }), /username/],
  "a code with a look-alike": [exchange("POST", "/api/v1/auth/cli/request-grant", 200, { code: "ABCD1345", expires_in: 1 }), /pattern/],
  "a token without its prefix": [exchange("POST", "/api/v1/auth/cli/redeem", 200, { token: "x", user }), /pattern/],
  "a count as a string": [exchange("DELETE", sessions, 200, { revoked: "1" }), /integer/],
  "a property too many": [exchange("DELETE", sessions, 200, { revoked: 1, left: 1 }), /additional/],
  "an error code of our own": [exchange("GET", sessions, 400, failure("oops")), /allowed values/],
  "an error code of another status": [exchange("GET", sessions, 400, failure("conflict")), /goes with bad_request/],
  "an error of one's own shape": [exchange("GET", sessions, 400, { message: "no" }), /required property 'error'/],
  "an error as HTML": [exchange("GET", sessions, 502, "<h1>", html), /Content-Type is text\/html/],
  "broken JSON": [exchange("GET", sessions, 200, "[{]"), /not JSON/],
  "a body with 204": [exchange("DELETE", `${sessions}/${id}`, 204, {}), /there is a body/],
  "a body with HEAD": [exchange("HEAD", sessions, 200, []), /there is a body/],
  "no request id": [exchange("GET", sessions, 200, [], { "X-Request-Id": null }), /x-request-id is missing/i],
  "a response that may be cached": [exchange("GET", sessions, 200, [], { "Cache-Control": "private" }), /header Cache-Control/],
  "a response whose type may be guessed": [exchange("GET", sessions, 200, [], { "X-Content-Type-Options": null }), /X-Content-Type-Options is missing/],
  "401 without a challenge": [exchange("GET", sessions, 401, failure("unauthorized")), /WWW-Authenticate is missing/],
  "a challenge that only the check has": [
    exchange("GET", sessions, 401, failure("unauthorized"), { "WWW-Authenticate": `Bearer error="insufficient_user_authentication"` }), /equal to one of/],
  "503 without Retry-After": [exchange("GET", sessions, 503, failure("internal_error")), /Retry-After is missing/],
  "429 without Retry-After": [exchange("GET", sessions, 429, failure("bad_request")), /Retry-After is missing/],
  "Retry-After that is no number": [exchange("GET", sessions, 503, failure("internal_error"), { "Retry-After": "soon" }), /integer/],
  "a cookie where none is set": [exchange("GET", sessions, 200, [], { "Set-Cookie": cookie }), /set-cookie is not described/],
  "a logout that clears nothing": [exchange("POST", "/api/v1/auth/logout", 204), /Set-Cookie is missing/],
  "two cookies": [exchange("POST", "/api/v1/auth/logout", 204, undefined, { "Set-Cookie": [cookie, cookie] }), /comes 2 times/],
  "a foreign cookie": [exchange("POST", "/api/v1/auth/logout", 204, undefined, { "Set-Cookie": "sid=1" }), /pattern/],
  "405 without Allow": [exchange("PUT", sessions, 405, failure("bad_request")), /Allow is missing/],
  "Allow with too few methods": [exchange("PUT", sessions, 405, failure("bad_request"), { Allow: "GET, HEAD" }), /described are DELETE, GET, HEAD/],
  "a method that nobody described": [exchange("PATCH", sessions, 200, {}), /no operation is described/],
  "a route that nobody described": [exchange("GET", "/api/v1/auth/secret", 200, {}), /no operation is described/],
  "405 as HTML": [exchange("PUT", sessions, 405, "<p>", html), /Content-Type is text\/html/],
  "404 as HTML": [exchange("DELETE", `${sessions}/${id}`, 404, "<p>", html), /Content-Type is text\/html/],
  "a page in place of an internal route": [{ realm: "public", ...exchange("GET", "//internal/v1/check", 200, "<p>", html) }, /no operation is described/],
  "a public route that answers on the internal socket": [{ realm: "internal", ...exchange("GET", sessions, 200, []) }, /no operation is described/],
  "JSON from elsewhere": [exchange("GET", "/%69nternal/v1/check", 200, {}), /no operation is described/],
  "an internal route that answers outside": [
    { realm: "public", ...exchange("DELETE", "/internal/v1/users/1/sessions", 200, { revoked: 1 }) }, /no operation is described/],
  "a check without a user": [right["a check"], /X-Session-User is missing/, { headers: {
    ...right["a check"].headers, "X-Session-User": undefined } }],
  "a token handed in, and a word on it": [exchange("POST", "/oauth/revoke", 200, { revoked: 1 }), /there is a body/],
  "a living token of nobody": [exchange("POST", "/internal/v1/introspect", 200, { active: true }), /required property 'sub'/],
  "a dead token of somebody": [exchange("POST", "/internal/v1/introspect", 200, { active: false, sub: "1" }), /additional/],
  "a member that is not registered": [exchange("POST", "/internal/v1/introspect", 200, { ...introspected, kind: "web" }), /additional/],
  "a line without a body": [{ method: "GET", path: "/", status: 200, headers: {} }, /not an exchange/],
};

for (const [name, [given, expected, change]] of Object.entries(wrong))
  test(`wrong: ${name}`, () => assert.match(problems(JSON.parse(JSON.stringify({ ...given, ...change }))).join("\n"), expected));

// check-responses over the lines given, on standard input.
function checkResponses(...lines) {
  return spawnSync(new URL("check-responses", import.meta.url).pathname, { input: lines.map((line) => `${line}\n`).join("") });
}

test("check-responses says by its exit code whether all is as described", () => {
  const good = JSON.stringify(right["a list"]);
  const bad = JSON.stringify(wrong["no request id"][0]);
  assert.equal(checkResponses(good, good).status, 0);
  const failed = checkResponses(good, bad, bad, "{", "{}");
  assert.equal(failed.status, 1);
  assert.match(failed.stdout.toString(), /line 2: GET .*X-Request-Id is missing \(2 times\)/i);
  assert.match(failed.stdout.toString(), /line 4: {: not an exchange/);
  assert.match(failed.stdout.toString(), /line 5: .*: not an exchange/);
  assert.equal(checkResponses().status, 2, "an empty log is no proof of anything");
});
