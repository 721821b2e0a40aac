// Connecting a device that shows a code (RFC 8628). A link can bring the code, in its fragment, but decides nothing:
// the device that waits with it is shown first, and only a press here approves it.
import { approveDevice, denyDevice, findDevice } from './api.js';
import { describeDevice } from './device.js';
import { texts } from './texts.js';
import { relativePast } from './time.js';
import { busyWhile, element, onPress } from './nodes.js';
import { focusHeading, say } from './view.js';

const kept = 'sessiond-user-code'; // in this tab, so that signing in does not lose it
const longest = 32;                // characters of a code that a link brings

let code = ''; // the code that is asked about
let name = ''; // of the device that waits with it
let page;      // {currentId, onFailure}: what app.js lends us

// Takes the code out of the address: there it would be in the browser's history, and on the screen.
function takeCode() {
  const brought = new URLSearchParams(location.hash.slice(1)).get('user_code');
  if (brought === null) return;
  sessionStorage.setItem(kept, brought.slice(0, longest));
  history.replaceState(null, '', `${location.pathname}?connect`);
}

const isWanted = () => location.search === '?connect' || sessionStorage.getItem(kept) !== null;

/** Forgets what was asked about, and shows where to type a code: the one of a link stands there. */
export function stopConnecting() {
  code = '';
  name = '';
  element('connect-facts').replaceChildren();
  element('connect-code').textContent = '';
  element('connect-ask').hidden = true;
  element('connect-form').hidden = false;
  element('user-code').value = sessionStorage.getItem(kept) ?? '';
  element('connect').hidden = !isWanted();
}

/** Moves the focus to where to type the code. Whether somebody is here for that. */
export function focusConnecting() {
  if (!isWanted()) return false;
  element('user-code').focus();
  return true;
}

function addFact(term, value) {
  if (!value) return;
  const [dt, dd] = [document.createElement('dt'), document.createElement('dd')];
  dt.textContent = term;
  dd.textContent = value;
  element('connect-facts').append(dt, dd);
}

// All of this is what the device says of itself, or nginx of the device.
function ask(device) {
  name = device.client_id;
  element('connect-facts').replaceChildren();
  addFact(texts.connectName, texts.connectNameText({ name }));
  addFact(texts.connectProgram, device.user_agent && describeDevice({ kind: 'cli', user_agent: device.user_agent }).name);
  addFact(texts.connectAddress, device.ip);
  addFact(texts.connectPlace, device.place);
  addFact(texts.connectAsked, relativePast(new Date(device.created_at)));
  element('connect-code').textContent = code;
  element('connect-form').hidden = true;
  element('connect-ask').hidden = false;
  element('connect-question').focus();
}

// As the device shows it, whatever was typed.
function readable(typed) {
  const bare = typed.replace(/[^A-Za-z0-9]/g, '').toUpperCase();
  return `${bare.slice(0, 4)}-${bare.slice(4)}`;
}

async function find(event) {
  event.preventDefault();
  const button = element('connect-find');
  if (button.hasAttribute('aria-disabled')) return;
  const own = page.currentId();
  const typed = element('user-code').value;
  const { status, body } = await busyWhile(button, findDevice(typed));
  if (page.currentId() !== own) return; // signed out meanwhile, or in anew
  if (status === 400 || status === 404) return say(texts.connectUnknown, { bad: true });
  if (status !== 200) return page.onFailure(status);
  say('');
  code = readable(typed);
  ask(body);
}

// Once it is decided, no code is needed any more.
function leave() {
  sessionStorage.removeItem(kept);
  stopConnecting();
  if (!focusConnecting()) focusHeading();
}

async function decide(button, decision, done) {
  const own = page.currentId();
  const told = done({ name });
  const { status } = await busyWhile(button, decision(code));
  if (page.currentId() !== own) return;
  if (status !== 204 && status !== 404) return page.onFailure(status);
  leave();
  if (status === 204) say(told);
  else say(texts.connectUnknown, { bad: true });
}

export function setUpConnecting(lent) {
  page = lent;
  takeCode();
  stopConnecting();
  window.addEventListener('hashchange', () => {
    takeCode();
    stopConnecting();
    focusConnecting();
  });
  element('connect-form').addEventListener('submit', find);
  onPress(element('connect-yes'), (button) => decide(button, approveDevice, texts.connectDone));
  onPress(element('connect-no'), (button) => decide(button, denyDevice, texts.connectRefused));
  onPress(element('connect-cancel'), leave);
}
