// The page's states, what it says, and what it asks.
import { tellEnded } from './ended.js';
import { element, root } from './nodes.js';
import { choose, direction, language, languages, texts } from './texts.js';

/** Puts the language's texts where the document says `data-text` or `data-placeholder`. */
export function translate() {
  const whole = root.host ?? document.documentElement;
  whole.lang = language;
  whole.dir = direction;
  if (root === document) document.title = texts.title;
  for (const node of root.querySelectorAll('[data-text]')) node.textContent = texts[node.dataset.text];
  for (const node of root.querySelectorAll('[data-placeholder]')) node.placeholder = texts[node.dataset.placeholder];
}

/** Lets the reader choose a language, and shows the page again in it. */
export function setUpLanguages() {
  const select = element('language');
  for (const name of languages) {
    const option = new Option(new Intl.DisplayNames(name, { type: 'language' }).of(name), name, false, name === language);
    option.lang = name;
    select.append(option);
  }
  select.addEventListener('change', () => { if (choose(select.value)) location.reload(); });
}

/** Shows one of the page's states and hides the others. */
export function show(state) {
  for (const id of ['loading', 'trouble', 'signed-out', 'signed-in']) element(id).hidden = id !== state;
}

export const isShown = (state) => !element(state).hidden;

/** Moves the focus to the heading of the state that is shown. */
export const focusHeading = () => root.querySelector('.column > :not([hidden]) h2')?.focus();

/** Shows a link to where people sign in; none where `url` is null. */
export function showSignIn(url) {
  element('sign-in').hidden = url === null;
  if (url !== null) element('sign-in').href = url;
}

/** Says how the session has ended; nothing where `ended` is null. */
export function showEnded(ended) {
  element('ended').hidden = ended === null;
  if (ended !== null) element('ended').replaceChildren(...tellEnded(ended));
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

export function showUser(user) {
  element('who').hidden = !user;
  element('who').textContent = user ? texts.signedInAs({ name: user.username }) : '';
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
