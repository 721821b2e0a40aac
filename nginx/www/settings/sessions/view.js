// Puts things on the page. Whatever came from the server goes in as text, never as markup.
import { describeDevice } from './device.js';
import { icon } from './icons.js';
import { language, texts } from './texts.js';
import { exactTime, relativePast, relativeTime } from './time.js';

export const element = (id) => document.getElementById(id);

function make(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/** Puts the language's texts where the document says `data-text`. */
export function translate() {
  document.documentElement.lang = language;
  document.title = texts.title;
  for (const node of document.querySelectorAll('[data-text]')) node.textContent = texts[node.dataset.text];
}

/** Shows one of the page's states and hides the others. */
export function show(state) {
  for (const id of ['loading', 'trouble', 'signed-out', 'signed-in']) element(id).hidden = id !== state;
}

export const isShown = (state) => !element(state).hidden;

/** Moves the focus to the heading of the state that is shown. */
export const focusHeading = () => document.querySelector('main > :not([hidden]) h2')?.focus();

/** Shows a link to where people sign in; none where `url` is null. */
export function showSignIn(url) {
  element('sign-in').hidden = url === null;
  if (url !== null) element('sign-in').href = url;
}

export function showTrouble(title, text) {
  element('trouble-title').textContent = title;
  element('trouble-text').textContent = text;
  show('trouble');
}

/** Says something that has happened, also to screen readers. `untilList` is said until a good list. */
export function say(text, { bad = false, untilList = false } = {}) {
  const notice = element('notice');
  notice.classList.toggle('bad', bad);
  notice.classList.toggle('until-list', untilList);
  notice.textContent = text;
}

export const isSaid = (text) => element('notice').textContent === text;

export function unsayUntilList() {
  if (element('notice').classList.contains('until-list')) say('');
}

/** Runs `work(button)` on each press, but not while the button is busy. */
export function onPress(button, work) {
  button.addEventListener('click', () => {
    if (!button.hasAttribute('aria-disabled')) work(button);
  });
}

/** Shows a button as busy until `work` is done. It keeps the focus, which `disabled` would drop. */
export async function busyWhile(button, work) {
  button.setAttribute('aria-disabled', 'true');
  try {
    return await work;
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

// A time in words; the exact one on hover, and read out.
function timeNode(iso, inWords) {
  const when = new Date(iso);
  const node = make('time', '', inWords(when), make('span', 'unseen', ` (${exactTime(when)})`));
  node.dateTime = iso;
  node.title = exactTime(when);
  return node;
}

function timesOf(session) {
  const expires = session.persistent === false ? texts.expiresWithBrowser : texts.expires;
  return [`${texts.signedIn} `, timeNode(session.created_at, relativePast), ' · ', `${expires} `, timeNode(session.expires_at, relativeTime)];
}

/** Whether signing out all others ends this one: those of operators are ended one by one. */
export const endsWithOthers = (session) => !session.is_current && !session.impersonator;

// Which session is the current one may change: another tab can sign in anew.
const keyOf = (session) => (session.is_current ? `${session.id} current` : session.id);

function deviceNode(session, onSignOut) {
  const device = describeDevice(session);
  const name = make('span', 'name', device.name);
  const heading = make('div', '', name);
  if (session.is_current) heading.append(' ', make('span', 'badge', texts.thisDevice));
  if (session.impersonator) heading.append(make('div', 'quiet opened-by', texts.openedBy(session.impersonator)));
  const times = make('div', 'times');
  times.id = `times-${session.id}`;
  const button = make('button', '', texts.signOutDevice);
  button.type = 'button';
  button.setAttribute('aria-label', texts.signOutNamed(session.is_current ? texts.thisDevice : device.name));
  button.setAttribute('aria-describedby', times.id); // names can be the same
  onPress(button, () => onSignOut(session, device.name, button));
  const node = make('li', 'device', make('span', 'picture', icon(device.icon)), make('div', '', heading, times), button);
  node.dataset.key = keyOf(session);
  return node;
}

/**
 * Shows the sessions: the current one first, then as they came, newest first. Those that are shown
 * already keep their place on the page, and with it the focus.
 */
export function showSessions(sessions, onSignOut) {
  const list = element('devices');
  const ordered = [...sessions.filter((s) => s.is_current), ...sessions.filter((s) => !s.is_current)];
  const shown = new Map([...list.children].map((node) => [node.dataset.key, node]));
  for (const [key, node] of shown) if (!ordered.some((s) => keyOf(s) === key)) node.remove();
  ordered.forEach((session, i) => {
    const node = shown.get(keyOf(session)) ?? deviceNode(session, onSignOut);
    node.querySelector('.times').replaceChildren(...timesOf(session));
    if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
  });
  const others = sessions.filter(endsWithOthers).length;
  element('alone').hidden = others > 0;
  element('sign-out-others').hidden = others === 0 || sessions.some((s) => s.is_current && s.impersonator);
  element('sign-out-others').textContent = texts.signOutOthers(others);
}

export function showUser(user) {
  element('who').hidden = !user;
  element('who').textContent = user ? texts.signedInAs(user.username) : '';
}

let resolveAnswer = () => {};  // to the question asked last
const answer = () => resolveAnswer(element('confirm').returnValue === 'yes');

// The event comes some time after the closing: the next question may be open by then.
element('confirm').addEventListener('close', ({ target }) => target.open || answer());

/** Asks in a dialog. Resolves to whether the answer is yes. */
export function confirm(title, text, yes) {
  answer();
  const dialog = element('confirm');
  element('confirm-title').textContent = title;
  element('confirm-text').textContent = text;
  element('confirm-yes').textContent = yes;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => { resolveAnswer = resolve; });
}

/** Answers an open dialog with no, and forgets what it asked. */
export function clearConfirm() {
  element('confirm').returnValue = 'no'; // even if it was answered just now
  element('confirm').close();
  for (const id of ['confirm-title', 'confirm-text']) element(id).textContent = '';
}
