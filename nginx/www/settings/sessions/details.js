// All that is known of one session, shown on demand.
import { describeDevice } from './device.js';
import { methodsOf } from './facts.js';
import { make } from './nodes.js';
import { texts } from './texts.js';
import { exactTimeWithZone } from './time.js';

const minute = 60_000;
const at = (iso) => iso && exactTimeWithZone(new Date(iso));

// A proof from the time of the sign-in is not shown: the sign-in is.
function confirmed({ auth_time: proved, created_at: created }) {
  return proved && Math.abs(Date.parse(proved) - Date.parse(created)) > minute ? at(proved) : '';
}

const expires = ({ expires_at: end, persistent }) => (persistent === false ? texts.withBrowser({ when: at(end) }) : at(end));

/** [term, text] of all that is known of a session. Times are exact, and with their zone. */
export function factsOf(session) {
  return [
    [texts.factRecognised, session.name === undefined ? '' : describeDevice(session).name],
    [texts.factSignedIn, at(session.created_at)],
    [texts.factMethods, methodsOf(session)],
    [texts.factConfirmed, confirmed(session)],
    [texts.factActive, at(session.last_seen_at)],
    [texts.factPlace, session.place],
    [texts.factAddress, session.ip],
    [texts.factExpires, expires(session)],
    [texts.factIdle, at(session.idle_expires_at)],
    [texts.factUserAgent, session.user_agent],
    [texts.factId, session.id],
  ].filter(([, text]) => text);
}

function definition([term, text]) {
  const value = make('dd', '', text);
  if (term === texts.factId) value.append(make('span', 'quiet', texts.idHint));
  return [make('dt', '', term), value];
}

/** A closed <details> of a session, and {update(session)} to tell it anew. It is filled in when it is opened. */
export function makeDetails(name) {
  const facts = make('dl', 'facts');
  const summary = make('summary', '', texts.details);
  const node = make('details', '', summary, facts);
  let known;
  let shown = '';
  const fill = () => {
    const said = JSON.stringify(known);
    if (!node.open || said === shown) return; // what is there may be selected
    shown = said;
    facts.replaceChildren(...factsOf(known).flatMap(definition));
  };
  node.addEventListener('toggle', fill);
  const update = (session) => {
    known = session;
    summary.setAttribute('aria-label', texts.detailsOf({ name: name() }));
    fill();
  };
  return { node, update };
}
