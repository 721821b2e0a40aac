// Times as people say them, in the page's language.
import { locale } from './texts.js';

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });
const withZone = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'long' });
const units = [['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]];
const fewest = { month: 2 }; // `in 30 days` says more than `next month`

let ahead = 0; // ms that the service's clock is ahead of this device's

/** Takes the time from an answer's `Date`: what is listed was timed by the service, and the device's clock may be wrong. */
export function setClock(date) {
  const time = Date.parse(date);
  if (!Number.isNaN(time)) ahead = time - Date.now();
}

/** The service's time, as far as its answers tell: ms since 1970. */
export const now = () => Date.now() + ahead;

/** `3 hours ago`, `in 30 days`, `now`. */
export function relativeTime(when) {
  const seconds = (when - now()) / 1000;
  for (const [unit, length] of units) {
    const count = Math.round(seconds / length);
    if (Math.abs(count) >= (fewest[unit] ?? 1)) return relative.format(count, unit);
  }
  return relative.format(0, 'second');
}

/** The same of something that has happened. As `Date` has whole seconds, it could seem to be in the future. */
export const relativePast = (when) => relativeTime(Math.min(when, now()));

/** The same of something to come, which may have come since. */
export const relativeFuture = (when) => relativeTime(Math.max(when, now()));

/** `23 November 2026 at 06:06:29 CET`. */
export const exactTimeWithZone = (when) => withZone.format(when);

/** `23 November 2026 at 06:06`. */
export const exactTime = (when) => exact.format(when);

/** `9:41`: minutes and seconds. */
export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
