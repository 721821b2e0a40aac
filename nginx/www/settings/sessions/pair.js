// Connecting a CLI: shows a code until a new CLI session appears, and a fresh one when it expires.
import { requestGrant } from './api.js';
import { nameOf } from './facts.js';
import { texts } from './texts.js';
import { clock } from './time.js';
import { busyWhile, element, onPress } from './nodes.js';
import { say } from './view.js';

const lookEvery = 2; // seconds between looks at the list while a code is shown

let code = '';
let endsAt = 0;
let known = new Set(); // ids of CLI sessions from before
let ticking = null;    // the timer, while a code is shown
let seconds = 0;
let busy = false;
let page; // {sessions, currentId, refresh, onFailure}: what app.js lends us

const cliSessions = (sessions) => sessions.filter((s) => s.kind === 'cli');

/** Forgets the code and hides it. */
export function stopPairing() {
  clearInterval(ticking);
  ticking = null;
  code = '';
  element('code').textContent = '';
  element('code').removeAttribute('aria-label');
  element('pair-code').hidden = true;
  element('pair-start').hidden = false;
}

// A grant, or null after saying why not.
async function askForGrant() {
  const { status, body } = await requestGrant();
  if (status === 200) return body;
  page.onFailure(status);
  return null;
}

function showCode(grant) {
  code = grant.code;
  endsAt = Date.now() + grant.expires_in * 1000;
  element('code').textContent = `${code.slice(0, 4)}-${code.slice(4)}`;
  element('code').setAttribute('aria-label', texts.codeSpoken({ code: [...code].join(' ') }));
  showTimeLeft();
}

function showTimeLeft() {
  const left = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
  element('countdown').textContent = texts.pairLeft({ time: clock(left) });
  return left;
}

/** Ends the pairing when the list has a new CLI session. */
export function notePairing(sessions) {
  if (!ticking) return;
  const fresh = cliSessions(sessions).find((s) => !known.has(s.id));
  if (!fresh) return;
  stopPairing();
  say(texts.pairDone({ name: nameOf(fresh) }));
  element('pair-start').focus();
}

async function renewCode() {
  const pairing = ticking;
  const grant = await askForGrant();
  if (pairing !== ticking) return; // stopped meanwhile
  if (!grant) return stopPairing();
  showCode(grant);
  say(texts.pairRenewed);
}

// Once a second. Nobody looks at a hidden page, so it neither asks nor renews.
async function tick() {
  const left = showTimeLeft();
  if (busy || document.hidden) return;
  busy = true;
  seconds += 1;
  // A last look at the list: the code may have been redeemed in its last second.
  if (left === 0 || seconds % lookEvery === 0) await page.refresh();
  if (left === 0 && ticking) await renewCode();
  busy = false;
}

async function startPairing(button) {
  const own = page.currentId();
  // The list may be old: a CLI session that it lacks must not count as connected by this code.
  await busyWhile(button, page.refresh());
  if (page.currentId() !== own) return; // signed out meanwhile, or in anew
  known = new Set(cliSessions(page.sessions()).map((s) => s.id));
  const grant = await busyWhile(button, askForGrant());
  if (!grant || page.currentId() !== own) return;
  showCode(grant);
  element('pair-start').hidden = true;
  element('pair-code').hidden = false;
  element('code').focus();
  ticking = setInterval(tick, 1000);
}

async function copyCode() {
  try {
    await navigator.clipboard.writeText(code);
    say(texts.pairCopied);
  } catch {
    say(texts.pairNotCopied, { bad: true });
  }
}

export function setUpPairing(lent) {
  page = lent;
  onPress(element('pair-start'), startPairing);
  onPress(element('pair-copy'), copyCode);
  onPress(element('pair-stop'), () => {
    stopPairing();
    element('pair-start').focus();
  });
}
