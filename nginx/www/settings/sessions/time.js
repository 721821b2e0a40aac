// Times as people say them, in the page's language.
import { locale } from './texts.js';

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });
const units = [['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]];
const fewest = { month: 2 }; // `in 30 days` says more than `next month`

/** `3 hours ago`, `in 30 days`, `now`. */
export function relativeTime(when, now) {
  const seconds = (when - now) / 1000;
  for (const [unit, length] of units) {
    const count = Math.round(seconds / length);
    if (Math.abs(count) >= (fewest[unit] ?? 1)) return relative.format(count, unit);
  }
  return relative.format(0, 'second');
}

/** `23 November 2026 at 06:06`. */
export const exactTime = (when) => exact.format(when);

/** `9:41`: minutes and seconds. */
export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
