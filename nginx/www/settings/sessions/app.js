// The page: what it knows, and what happens on each click. Nothing disappears from the list
// before the server has said 204.
import { devLogin, hasDevLogin, listSessions, logOut, me, revokeOthers, revokeSession } from './api.js';
import { notePairing, setUpPairing, stopPairing } from './pair.js';
import { texts } from './texts.js';
import { confirm, element, say, show, showSessions, showTrouble, showUser, translate } from './view.js';

const slowAfter = 4000; // ms

let sessions = null; // as last listed; null before the first list and after signing out
let asked = 0;       // counts lists, so that an older answer never replaces a newer one

/** Drops all that the page holds of the person. */
async function showSignedOut() {
  asked += 1;
  sessions = null;
  stopPairing();
  showUser(null);
  element('devices').replaceChildren();
  element('confirm').close();
  show('signed-out', { focus: 'signed-out-title' });
  element('dev-login').hidden = !(await hasDevLogin());
}

// A call that changes something went wrong.
function sayFailure(status) {
  if (status === 401) {
    say('');
    showSignedOut();
  } else {
    say(status === 0 && !navigator.onLine ? texts.failedOffline : texts.failed, { bad: true });
  }
}

function showSessionsNow() {
  showSessions(sessions, signOutDevice);
  show('signed-in');
}

async function refresh() {
  const mine = (asked += 1);
  const { status, body } = await listSessions();
  if (mine !== asked) return;
  if (status === 200) {
    if (element('notice').dataset.stale) say('');
    delete element('notice').dataset.stale;
    sessions = body;
    showSessionsNow();
    notePairing(sessions);
  } else if (status === 401) {
    await showSignedOut();
  } else if (sessions !== null) {
    say(texts.stale, { bad: true });
    element('notice').dataset.stale = 'yes';
  } else if (status === 0 && !navigator.onLine) {
    showTrouble(texts.offlineTitle, texts.offlineText);
  } else {
    showTrouble(texts.unavailableTitle, texts.unavailableText);
  }
}

async function start() {
  const slow = setTimeout(() => { document.querySelector('[data-text=loading]').textContent = texts.slow; }, slowAfter);
  show('loading');
  await refresh();
  clearTimeout(slow);
  if (sessions !== null) {
    const { status, body } = await me();
    if (sessions !== null) showUser(status === 200 ? body : null);
  }
}

async function signOutDevice(session, name) {
  const own = session.is_current;
  const yes = own
    ? await confirm(texts.confirmThis, texts.confirmThisText, texts.signOutDevice)
    : await confirm(texts.confirmDevice(name), texts.confirmDeviceText, texts.signOutDevice);
  if (!yes) return;
  const { status } = own ? await logOut() : await revokeSession(session.id);
  if (status !== 204 && status !== 404) return sayFailure(status);
  if (own) {
    say('');
    return showSignedOut();
  }
  asked += 1; // a list that is under way may still hold it
  sessions = sessions.filter((s) => s.id !== session.id);
  showSessionsNow();
  say(status === 204 ? texts.doneDevice(name) : texts.alreadyGone(name));
  element('devices-title').focus();
}

async function signOutOthers() {
  const count = sessions.filter((s) => !s.is_current).length;
  if (!(await confirm(texts.confirmOthers(count), texts.confirmOthersText, texts.signOutDevice))) return;
  const { status, body } = await revokeOthers();
  if (status !== 200) return sayFailure(status);
  asked += 1;
  sessions = sessions.filter((s) => s.is_current);
  showSessionsNow();
  say(texts.doneOthers(body.revoked));
  element('devices-title').focus();
}

async function signOut() {
  const own = sessions.find((s) => s.is_current);
  await signOutDevice(own, texts.thisDevice);
}

async function signIn(event) {
  event.preventDefault();
  const { status } = await devLogin(element('username').value);
  if (status === 400) return say(texts.devLoginRefused, { bad: true });
  if (status !== 200) return sayFailure(status);
  say('');
  await start();
  if (sessions !== null) element('devices-title').focus();
}

function refreshIfLooking() {
  if (!document.hidden && sessions !== null && !element('confirm').open) refresh();
}

translate();
setUpPairing({ sessions: () => sessions, refresh, onFailure: sayFailure });
element('retry').addEventListener('click', start);
element('reload').addEventListener('click', start);
element('sign-out-others').addEventListener('click', signOutOthers);
element('sign-out').addEventListener('click', signOut);
element('dev-login').addEventListener('submit', signIn);
document.addEventListener('visibilitychange', refreshIfLooking);
window.addEventListener('focus', refreshIfLooking);
window.addEventListener('online', () => (sessions === null ? start() : refreshIfLooking()));
start();
