// Connecting a CLI: shows a code until a new CLI session appears, and a fresh one when it expires.
import { requestGrant } from './api.js';
import { describeDevice } from './device.js';
import { texts } from './texts.js';
import { clock } from './time.js';
import { element, say } from './view.js';

const lookEvery = 2; // seconds between looks at the list while a code is shown

let code = '';
let endsAt = 0;
let known = new Set(); // ids of CLI sessions from before
let ticking = null;
let seconds = 0;
let busy = false;
let page; // {sessions, refresh, onFailure}: what app.js lends us

const cliSessions = (sessions) => sessions.filter((s) => s.kind === 'cli');

/** Forgets the code and hides it. */
export function stopPairing() {
  clearInterval(ticking);
  ticking = null;
  code = '';
  element('code').textContent = '';
  element('pair-code').hidden = true;
  element('pair-start').hidden = false;
}

async function newCode() {
  const { status, body } = await requestGrant();
  if (status !== 200) {
    stopPairing();
    page.onFailure(status);
    return false;
  }
  code = body.code;
  endsAt = Date.now() + body.expires_in * 1000;
  element('code').textContent = `${code.slice(0, 4)}-${code.slice(4)}`;
  element('code').setAttribute('aria-label', texts.codeSpoken([...code].join(' ')));
  return true;
}

function showTimeLeft() {
  const left = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
  element('countdown').textContent = texts.pairLeft(clock(left));
  return left;
}

/** Ends the pairing when the list has a CLI session that it had not before. */
export function notePairing(sessions) {
  if (!ticking) return;
  const fresh = cliSessions(sessions).find((s) => !known.has(s.id));
  if (!fresh) return;
  stopPairing();
  say(texts.pairDone(describeDevice(fresh).name));
  element('pair-start').focus();
}

// Once a second. Nobody looks at a hidden page, so it neither asks nor renews.
async function tick() {
  const left = showTimeLeft();
  if (busy || document.hidden) return;
  busy = true;
  seconds += 1;
  if (left === 0) await newCode();
  else if (seconds % lookEvery === 0) await page.refresh();
  busy = false;
}

async function startPairing() {
  element('pair-start').disabled = true;
  known = new Set(cliSessions(page.sessions()).map((s) => s.id));
  if (await newCode()) {
    showTimeLeft();
    element('pair-start').hidden = true;
    element('pair-code').hidden = false;
    element('code').focus();
    ticking = setInterval(tick, 1000);
  }
  element('pair-start').disabled = false;
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
  element('pair-start').addEventListener('click', startPairing);
  element('pair-copy').addEventListener('click', copyCode);
  element('pair-stop').addEventListener('click', () => {
    stopPairing();
    element('pair-start').focus();
  });
}
