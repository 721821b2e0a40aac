// The page: what it knows, and what happens on each click. Nothing disappears from the list
// before the server has said 204.
import {
  devLogin, hasDevLogin, howEnded, listSessions, logOut, me, renameSession, revokeEach, revokeOthers, revokeSession, signInUrl,
} from './api.js';
import { focusConnecting, setUpConnecting, stopConnecting } from './connect.js';
import { endsWithOthers, isSupport, nameOf } from './facts.js';
import { clearSessions, search, showSessions, unusedOf } from './list.js';
import { busyWhile, element, onPress, root } from './nodes.js';
import { notePairing, setUpPairing, stopPairing } from './pair.js';
import { texts } from './texts.js';
import { exactTime } from './time.js';
import {
  clearConfirm, confirm, focusHeading, isSaid, isShown, say, setUpLanguages, show, showEnded, showSignIn, showTrouble, showUser, translate, unsayUntilList,
} from './view.js';

const slowAfter = 4000;  // ms
const retryAfter = 5000; // ms, after the service did not answer
const tellAfter = 60_000; // ms, as times are told in minutes
const refusals = { 403: texts.forbidden, 404: texts.notOffered, 429: texts.tooMany };

let sessions = null; // as last listed; null before the first list and after signing out
let owner = null;    // the current session whose user is shown
let asked = 0;       // counts lists, so that an older answer never replaces a newer one
let retrying;

const currentIn = (list) => list?.find((s) => s.is_current)?.id ?? null;
const currentId = () => currentIn(sessions);

/** Drops all that the page holds of the person. */
function forget() {
  asked += 1;
  sessions = null;
  owner = null;
  stopPairing();
  stopConnecting();
  showUser(null);
  clearSessions();
  clearConfirm();
  say('');
}

async function showSignedOut() {
  forget();
  if (isShown('signed-out')) return; // somebody may be typing there
  showEnded(null);
  show('signed-out');
  focusHeading();
  const asking = howEnded();
  const [url, withDevLogin] = await Promise.all([signInUrl(), hasDevLogin()]);
  showSignIn(url);
  element('dev-login').hidden = !withDevLogin;
  const ended = await asking;
  showEnded(ended.status === 200 ? ended.body : null);
}

// A call that changes something went wrong. Unless it was refused, it may have been done, and only its answer lost. So
// the list is asked for a little later.
function sayFailure(status) {
  if (status === 401) {
    showSignedOut();
  } else if (refusals[status]) {
    say(refusals[status], { bad: true, untilList: true });
  } else {
    say(status === 0 && !navigator.onLine ? texts.failedOffline : texts.failed, { bad: true, untilList: true });
    tryLater();
  }
}

function sayStale() {
  if (!isSaid(texts.stale)) say(texts.stale, { bad: true, untilList: true }); // once is enough
}

function showSessionsNow() {
  showSessions(sessions, { signOut: signOutDevice, rename: renameDevice });
  element('connecting').hidden = isSupport(sessions);
  show('signed-in');
}

async function showOwner() {
  const own = currentId();
  if (own === owner) return;
  const { status, body } = await me();
  if (own !== currentId()) return;
  owner = status === 200 ? own : null;
  showUser(status === 200 ? body : null);
}

async function refresh() {
  clearTimeout(retrying);
  const mine = (asked += 1);
  const { status, body } = await listSessions();
  if (mine !== asked) return;
  if (status === 200) {
    unsayUntilList();
    // Another tab may have signed in anew, as somebody else perhaps.
    const isAnother = sessions !== null && currentIn(body) !== currentId();
    if (isAnother) forget();
    sessions = body;
    showSessionsNow();
    if (isAnother) {
      say(texts.anotherSignIn);
      focusHeading(); // what had the focus may be gone
    }
    notePairing(sessions);
    await showOwner();
  } else if (status === 401) {
    await showSignedOut();
  } else {
    if (sessions !== null) sayStale();
    else if (status === 0 && !navigator.onLine) showTrouble(texts.offlineTitle, texts.offlineText);
    else showTrouble(texts.unavailableTitle, refusals[status] ?? texts.unavailableText);
    tryLater();
  }
}

function refreshIfLooking() {
  if (!document.hidden && !isShown('loading')) refresh();
}

function tryLater() {
  clearTimeout(retrying);
  retrying = setTimeout(refreshIfLooking, retryAfter);
}

// Another person may be here now: only sessions that are listed from now on are shown.
async function start() {
  forget();
  const sayLoading = (text) => { element('loading-text').textContent = text; };
  sayLoading(texts.loading);
  const slow = setTimeout(sayLoading, slowAfter, texts.slow);
  show('loading');
  await refresh();
  clearTimeout(slow);
  if (isShown('signed-in')) focusConnecting();
}

// The pressed button is hidden with its state, so the focus moves to the new heading.
async function startAgain() {
  await start();
  if (!root.activeElement?.closest('#connect')) focusHeading();
}

async function signOutHere(button) {
  if (!(await confirm(texts.confirmThis, texts.confirmThisText, texts.signOutDevice))) return;
  const { status } = await busyWhile(button, logOut());
  if (status === 204) await showSignedOut();
  else sayFailure(status);
}

async function signOutDevice(session, button) {
  if (session.is_current) return signOutHere(button);
  const own = currentId();
  const name = nameOf(session);
  const since = exactTime(new Date(session.created_at));
  if (!(await confirm(texts.confirmDevice({ name }), texts.confirmDeviceText({ when: since }), texts.signOutDevice))) return;
  const { status } = await busyWhile(button, revokeSession(session.id));
  if (currentId() !== own) return; // signed out meanwhile, or in anew
  if (status !== 204 && status !== 404) return sayFailure(status);
  keepOnly((s) => s.id !== session.id);
  say(status === 204 ? texts.doneDevice({ name }) : texts.alreadyGone({ name }));
}

async function signOutOthers(button) {
  const own = currentId();
  const n = sessions.filter(endsWithOthers).length;
  if (!(await confirm(texts.confirmOthers({ n }), texts.confirmOthersText, texts.signOutDevice))) return;
  const { status, body } = await busyWhile(button, revokeOthers());
  if (currentId() !== own) return;
  if (status !== 200) return sayFailure(status);
  keepOnly((s) => !endsWithOthers(s));
  say(texts.doneOthers({ n: body.revoked }));
}

async function signOutUnused(button) {
  const own = currentId();
  const ids = unusedOf(sessions).map((s) => s.id);
  if (!(await confirm(texts.confirmUnused({ n: ids.length }), texts.confirmUnusedText, texts.signOutDevice))) return;
  const { ended, status } = await busyWhile(button, revokeEach(ids));
  if (currentId() !== own) return;
  keepOnly((s) => !ended.has(s.id));
  if (status !== 204) return sayFailure(status);
  say(texts.doneUnused({ n: ended.size }));
}

function replaceSessions(list) {
  asked += 1; // a list that is under way may still hold the others
  sessions = list;
  showSessionsNow();
}

function keepOnly(kept) {
  replaceSessions(sessions.filter(kept));
  focusHeading();
}

// Resolves to whether the form can be closed.
async function renameDevice(session, name) {
  const own = currentId();
  const { status } = await renameSession(session.id, name);
  if (currentId() !== own) return false; // signed out meanwhile, or in anew
  if (status === 400) return say(texts.renameRefused, { bad: true }), false;
  if (status === 404) return keepOnly((s) => s.id !== session.id), say(texts.alreadyGone({ name: nameOf(session) })), true;
  if (status !== 204) return sayFailure(status), false;
  replaceSessions(sessions.map((s) => (s.id === session.id ? { ...s, name: name?.normalize() } : s)));
  say(texts.renamed({ name: nameOf(sessions.find((s) => s.id === session.id)) }));
  return true;
}

async function signIn(event) {
  event.preventDefault();
  const { status } = await devLogin(element('username').value);
  if (status === 400) return say(texts.devLoginRefused, { bad: true });
  if (status !== 200) return sayFailure(status);
  element('username').value = '';
  await startAgain();
}

translate();
setUpLanguages();
setUpPairing({ sessions: () => sessions, currentId, refresh, onFailure: sayFailure });
setUpConnecting({ currentId, onFailure: sayFailure });
onPress(element('retry'), startAgain);
onPress(element('reload'), startAgain);
onPress(element('sign-out-others'), signOutOthers);
onPress(element('sign-out-unused'), signOutUnused);
onPress(element('sign-out'), signOutHere);
element('search').addEventListener('input', search);
element('dev-login').addEventListener('submit', signIn);
document.addEventListener('visibilitychange', refreshIfLooking);
window.addEventListener('focus', refreshIfLooking);
window.addEventListener('online', refreshIfLooking);
setInterval(() => { if (!document.hidden && isShown('signed-in')) showSessionsNow(); }, tellAfter);
// Back to a page that the browser had kept: its person may have signed out since.
window.addEventListener('pageshow', (event) => { if (event.persisted) start(); });
start();
