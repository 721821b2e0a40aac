// Pieces of the page. Whatever came from the server goes in as text, never as markup.
import { exactTime } from './time.js';

/** Where the page is: the document, or the shadow root of a <session-list>. */
export let root = document;

/** Says where it is instead, before app.js is there. */
export const setRoot = (node) => { root = node; };

export const element = (id) => root.getElementById(id);

export function make(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

export function makeButton(className, text, label) {
  const button = make('button', className, text);
  button.type = 'button';
  if (label) button.setAttribute('aria-label', label);
  return button;
}

/** A time in words, as `say` has it; the exact one on hover, and read out. */
export function timeNode(iso, say) {
  const when = new Date(iso);
  const node = make('time', '', say(when), make('span', 'unseen', ` (${exactTime(when)})`));
  node.dateTime = iso;
  node.title = exactTime(when);
  return node;
}

const place = '\uFFFC';

/** The parts of a text around a node that stands where the text says {when}. */
export function around(text, node, values = {}) {
  const [before, after] = text({ ...values, when: place }).split(place);
  return after === undefined ? [before] : [before, node, after];
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
