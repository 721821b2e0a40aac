// What the page makes of a session's members. Needs no browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importPage } from './modules.mjs';

const [facts, { relativeFuture, relativePast, setClock }, { compile }] = await importPage('facts.js', 'time.js', 'texts.js');

const [minute, day] = [60_000, 86_400_000];
const now = Date.parse('2026-11-29T12:00:00.000Z');
const at = (offset) => new Date(now + offset).toISOString();
const session = (more = {}) => ({ id: 'x', kind: 'web', created_at: at(-day), expires_at: at(30 * day), is_current: false, user_agent: null, ...more });

test('marks what signed in within a week, but neither this device nor an operator', () => {
  assert.equal(facts.isFresh(session({ created_at: at(-7 * day + minute) }), now), true);
  assert.equal(facts.isFresh(session({ created_at: at(-7 * day) }), now), false);
  assert.equal(facts.isFresh(session({ is_current: true }), now), false);
  assert.equal(facts.isFresh(session({ impersonator: 'op' }), now), false);
});

test('speaks of an expiry within a week', () => {
  assert.equal(facts.expiresSoon(session({ expires_at: at(7 * day - minute) }), now), true);
  assert.equal(facts.expiresSoon(session({ expires_at: at(7 * day) }), now), false);
});

test('takes for active what was seen as lately as the service can tell', () => {
  assert.equal(facts.isActive(session({ last_seen_at: at(-5 * minute) }), now), true);
  assert.equal(facts.isActive(session({ last_seen_at: at(-7 * minute) }), now), false);
  assert.equal(facts.isActive(session(), now), false);
  assert.equal(facts.isActive(session({ is_current: true }), now), true);
});

test('takes for unused only what is known to be: not this device, no operator’s, none of which it is not recorded', () => {
  const last_seen_at = at(-30 * day - minute);
  assert.equal(facts.isUnused(session({ last_seen_at }), now), true);
  assert.equal(facts.isUnused(session({ last_seen_at: at(-30 * day) }), now), false);
  assert.equal(facts.isUnused(session({ last_seen_at, is_current: true }), now), false);
  assert.equal(facts.isUnused(session({ last_seen_at, impersonator: 'op' }), now), false);
  assert.equal(facts.isUnused(session({ created_at: at(-99 * day) }), now), false);
});

test('says how somebody signed in, in words where there are any, once each', () => {
  const methods = (...amr) => facts.methodsOf({ amr });
  assert.equal(facts.methodsOf({}), '');
  assert.equal(methods('pwd', 'otp', 'mfa'), 'password and one-time code');
  assert.equal(methods('swk', 'passkey', 'user'), 'passkey');
  assert.equal(methods('github'), 'GitHub');
  assert.equal(methods('constructor', 'x-own'), 'constructor and x-own');
  assert.equal(methods('mfa'), '');
});

test('finds a device by each word that a person may know of it', () => {
  const one = session({
    id: '01a227a4', name: 'Büro', place: 'Berlin, DE', ip: '203.0.113.7',
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  });
  for (const query of ['büro', 'BERLIN firefox', '203.0.113', '01a2', 'on linux', 'x86_64']) assert.equal(facts.matches(one, query), true, query);
  for (const query of ['chrome', 'berlin chrome']) assert.equal(facts.matches(one, query), false, query);
});

test('what has happened is never to come, and what is to come has never happened', () => {
  setClock(new Date().toUTCString());
  assert.equal(relativePast(new Date(Date.now() + day)), 'now');
  assert.equal(relativeFuture(new Date(Date.now() - day)), 'now');
  assert.equal(relativePast(new Date(Date.now() - 3 * 3_600_000)), '3 hours ago');
});

test('what a file of texts lacks, or has in another shape, is said in English', () => {
  const texts = compile({ title: 'Titre', signedIn: 7, found: 'x', foundNone: '', methods: { pwd: 'mot de passe' }, constructor: 'x' }, 'fr');
  assert.equal(texts.title, 'Titre');
  assert.equal(texts.signedIn({ when: 'now' }), 'Signed in now');
  assert.equal(texts.found({ n: 1 }), '1 device found');
  assert.equal(texts.foundNone, 'No device found');
  assert.equal(texts.methods.pwd, 'mot de passe');
  assert.equal(texts.methods.sms, 'text message');
  assert.equal(Object.hasOwn(texts, 'constructor'), false);
});

test('what is filled in is text, whatever it holds', () => {
  const texts = compile({}, 'en');
  assert.equal(texts.nameOnSystem({ name: '{system}', system: 'Linux' }), '{system} on Linux');
  assert.equal(texts.doneDevice({ name: '$&' }), '$& is signed out.');
});
