// What a session's members tell a person. Nothing here touches the page. `now` is in ms since 1970.
import { describeDevice } from './device.js';
import { locale, texts } from './texts.js';

const minute = 60_000;
const day = 24 * 60 * minute;
const near = 7 * day;        // an expiry that is worth a word, a sign-in that is worth a mark
const noted = 6 * minute;    // the service notes a use to within five minutes
export const unusedAfter = 30 * day;

/** The name that its person has given it, else what it is recognised as. */
export const nameOf = (session) => session.name ?? describeDevice(session).name;

/** `web` or `cli`: which group of the list it stands in. */
export const groupOf = (session) => (session.kind === 'cli' ? 'cli' : 'web');

/** Whether it is in use. The one that looks at the page is. */
export const isActive = (session, now) => session.is_current || now - Date.parse(session.last_seen_at) <= noted;

/** Whether its person should look twice: it is not this device, and signed in within a week. */
export const isFresh = (session, now) => !session.is_current && !session.impersonator && now - Date.parse(session.created_at) < near;

export const expiresSoon = (session, now) => Date.parse(session.expires_at) - now < near;

/** Whether signing out all others ends this one: those of operators are ended one by one. */
export const endsWithOthers = (session) => !session.is_current && !session.impersonator;

/** Whether it is known not to have been used for 30 days. */
export const isUnused = (session, now) => endsWithOthers(session) && now - Date.parse(session.last_seen_at) > unusedAfter;

/** Whether an operator looks at the list: they may end no session but their own, and name and connect nothing. */
export const isSupport = (sessions) => sessions.some((s) => s.is_current && s.impersonator);

const saysNothing = ['mfa', 'mca', 'user', 'geo', 'rba', 'ver']; // they only say that there was something else, too
const inWords = new Intl.ListFormat(locale, { type: 'conjunction' });
const wordOf = (method) => (Object.hasOwn(texts.methods, method) ? texts.methods[method] : method);

/** How its person signed in, `password and one-time code`; '' where that is not known. */
export function methodsOf({ amr = [] }) {
  return inWords.format(new Set(amr.filter((method) => !saysNothing.includes(method)).map(wordOf)));
}

/** Whether each word of `query` stands in something that a person may know of it. */
export function matches(session, query) {
  const { name, user_agent: userAgent, place, ip, id } = session;
  const known = [name, describeDevice(session).name, userAgent, place, ip, id].join('\n').toLocaleLowerCase(locale);
  return query.toLocaleLowerCase(locale).split(/\s+/).every((word) => known.includes(word));
}
