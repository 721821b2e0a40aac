// The list of devices: in groups, and where there are many, with a search.
import { endsWithOthers, groupOf, isSupport, isUnused, matches } from './facts.js';
import { element } from './nodes.js';
import { Row } from './row.js';
import { texts } from './texts.js';
import { now } from './time.js';

const many = 12; // devices that a person takes in at a glance
const groups = ['web', 'cli'];

let rows = new Map(); // by keyOf
let sessions = [];    // as shown last

// Which session is the current one may change: another tab can sign in anew.
const keyOf = (session) => (session.is_current ? `${session.id} current` : session.id);

const query = () => element('search').value.trim();

// Leaves nodes alone that are in their place already, so that they keep the focus.
function arrange(list, nodes) {
  nodes.forEach((node, i) => {
    if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
  });
}

function update(session, act, forSupport) {
  const row = rows.get(keyOf(session)) ?? new Row(session, act);
  row.update(session, forSupport);
  return [keyOf(session), row];
}

function showGroups() {
  const filled = groups.filter((group) => sessions.some((s) => groupOf(s) === group));
  for (const group of groups) {
    const nodes = sessions.filter((s) => groupOf(s) === group).map((s) => rows.get(keyOf(s)).node);
    arrange(element(`${group}-devices`), nodes);
    element(`${group}-group`).hidden = nodes.every((node) => node.hidden);
    element(`${group}-title`).hidden = filled.length < 2;
  }
}

function showChoices(forSupport) {
  const [others, unused] = [sessions.filter(endsWithOthers).length, unusedOf(sessions).length];
  element('tools').hidden = sessions.length <= many && !query();
  element('sign-out-unused').hidden = unused === 0 || forSupport;
  element('sign-out-unused').textContent = texts.signOutUnused({ n: unused });
  element('alone').hidden = others > 0;
  element('sign-out-others').hidden = others === 0 || forSupport || query() !== '';
  element('sign-out-others').textContent = texts.signOutOthers({ n: others });
  element('as-support').hidden = !forSupport;
}

/** Shows those devices that what is typed in the search finds. */
export function search() {
  const wanted = query();
  const found = sessions.filter((s) => matches(s, wanted));
  for (const session of sessions) rows.get(keyOf(session)).node.hidden = !found.includes(session);
  element('found').textContent = !wanted ? '' : found.length ? texts.found({ n: found.length }) : texts.foundNone;
  showGroups();
  showChoices(isSupport(sessions));
}

/** Those sessions of a list that the quick choice ends. */
export const unusedOf = (list) => list.filter((s) => isUnused(s, now()));

/**
 * Shows the sessions, in their groups: the current one first, then as they came, newest first. Those that are shown
 * already keep their place on the page. `act` is a Row's.
 */
export function showSessions(list, act) {
  sessions = [...list.filter((s) => s.is_current), ...list.filter((s) => !s.is_current)];
  const forSupport = isSupport(sessions);
  const kept = new Set(sessions.map(keyOf));
  for (const [key, row] of rows) if (!kept.has(key)) row.node.remove();
  rows = new Map(sessions.map((session) => update(session, act, forSupport)));
  element('signed-in').classList.toggle('many', sessions.length > many);
  search();
}

/** Drops all that the list holds of the person. */
export function clearSessions() {
  for (const { node } of rows.values()) node.remove();
  rows = new Map();
  sessions = [];
  element('search').value = '';
  element('found').textContent = '';
}
