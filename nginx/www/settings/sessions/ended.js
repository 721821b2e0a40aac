// How a session has ended, for its own device to say.
import { nameOf } from './facts.js';
import { around, make } from './nodes.js';
import { texts } from './texts.js';
import { exactTime } from './time.js';

const byReason = { operator: texts.endedByOperator, disabled: texts.endedByOperator, cap: texts.endedByCap };

/** Words for what the service tells of it: when, why and, if another of the person's devices did it, by which. */
export function tellEnded({ ended_at: at, reason, by }) {
  const when = make('time', '', exactTime(new Date(at)));
  when.dateTime = at;
  if (by) return around(texts.endedFrom, when, { name: nameOf(by) });
  return around(Object.hasOwn(byReason, reason) ? byReason[reason] : texts.ended, when);
}
