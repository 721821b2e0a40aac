// One device of the list.
import { describeDevice } from './device.js';
import { makeDetails } from './details.js';
import { expiresSoon, isActive, isFresh, methodsOf, nameOf } from './facts.js';
import { icon } from './icons.js';
import { around, make, makeButton, onPress, timeNode } from './nodes.js';
import { makeRename } from './rename.js';
import { direction, texts } from './texts.js';
import { now, relativeFuture, relativePast } from './time.js';

const joined = (parts) => parts.flatMap((part, i) => (i === 0 ? part : [' · ', ...part]));
const isolated = (text) => [make('bdi', '', text)];

function activityOf(session) {
  const parts = [];
  if (isActive(session, now())) parts.push([make('span', 'active', texts.activeNow)]);
  else if (session.last_seen_at) parts.push(around(texts.active, timeNode(session.last_seen_at, relativePast)));
  if (session.place) parts.push(isolated(session.place));
  if (session.ip) parts.push(isolated(session.ip));
  return joined(parts);
}

function expiryOf(session) {
  const text = session.persistent === false ? texts.expiresWithBrowser : texts.expires;
  return around(text, timeNode(session.expires_at, relativeFuture));
}

function timesOf(session) {
  const [methods, signedIn] = [methodsOf(session), timeNode(session.created_at, relativePast)];
  const parts = [methods ? around(texts.signedInWith, signedIn, { methods }) : around(texts.signedIn, signedIn)];
  if (expiresSoon(session, now())) parts.push(expiryOf(session));
  return joined(parts);
}

function badgesOf(session) {
  if (session.is_current) return [make('span', 'badge', texts.thisDevice)];
  if (!isFresh(session, now())) return [];
  const badge = make('span', 'badge fresh', texts.fresh);
  badge.title = texts.freshHint;
  return [badge];
}

/**
 * A device's place on the page, which it keeps as the list is told anew, and with it the focus and what somebody types
 * there. `act` is {signOut(session, button), rename(session, name)}.
 */
export class Row {
  constructor(session, act) {
    this.session = session;
    this.name = make('bdi', 'name');
    this.badges = make('span', 'badges');
    this.pencil = makeButton('pencil', icon('pencil'));
    this.heading = make('div', 'heading', this.name, ' ', this.badges, this.pencil);
    this.known = make('div', 'quiet recognised');
    this.openedBy = make('div', 'opened-by');
    this.activity = make('div', 'activity');
    this.times = make('div', 'times');
    this.times.id = `times-${session.id}`;
    this.details = makeDetails(() => nameOf(this.session));
    this.button = makeButton('', texts.signOutDevice);
    this.button.setAttribute('aria-describedby', this.times.id); // names can be the same
    onPress(this.button, () => act.signOut(this.session, this.button));
    onPress(this.pencil, () => this.rename(act));
    this.what = make('div', 'what', this.heading, this.known, this.openedBy, this.activity, this.times);
    this.node = make('li', 'device', make('span', 'picture', icon(describeDevice(session).icon)), this.what, this.details.node, this.button);
  }

  /** Tells the session anew. To operators, `forSupport`, it offers only what they may do. */
  update(session, forSupport) {
    this.session = session;
    const [name, recognised] = [nameOf(session), describeDevice(session).name];
    this.name.textContent = name;
    this.name.dir = (session.name ?? session.device) === undefined ? direction : 'auto'; // a given name may be of any language
    this.known.textContent = name === recognised ? '' : recognised;
    this.badges.replaceChildren(...badgesOf(session));
    this.openedBy.textContent = session.impersonator ? texts.openedBy({ name: session.impersonator }) : '';
    this.activity.replaceChildren(...activityOf(session));
    this.times.replaceChildren(...timesOf(session));
    this.pencil.setAttribute('aria-label', texts.renameNamed({ name }));
    this.pencil.hidden = forSupport;
    this.button.setAttribute('aria-label', texts.signOutNamed({ name: session.is_current ? texts.thisDevice : name }));
    this.button.hidden = forSupport && !session.is_current;
    this.details.update(session);
  }

  rename(act) {
    const close = () => {
      form.remove();
      this.heading.hidden = false;
      this.pencil.focus();
    };
    const { form, begin } = makeRename(this.session, (name) => act.rename(this.session, name), close);
    this.heading.hidden = true;
    this.what.prepend(form);
    begin();
  }
}
