// Tells when sessions have ended, within a second: for live.mjs and relay.mjs.
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const { LIVE_SESSIOND: socketPath = '/run/sessiond/internal.sock' } = process.env;
const watched = new Set(); // of {user, session, end, timer}
const endAll = (which) => [...watched].filter(which).forEach((one) => one.end());

// Asks sessiond, which says something every 15 seconds.
const ask = (path, headers = {}) => new Promise((resolve, reject) => {
  const asking = request({ socketPath, path: `/internal/v1/${path}`, headers, timeout: 20_000 }, (answer) => {
    if (answer.statusCode === 200) return resolve(answer);
    answer.resume();
    reject(new Error(`sessiond answers ${answer.statusCode}`));
  });
  asking.on('timeout', () => asking.destroy(new Error('sessiond is silent'))).on('error', reject).end();
});

const done = {
  ended: (event) => endAll((one) => one.session === event.session),
  'all-ended': (event) => endAll((one) => one.user === event.user && one.session !== event.session),
  'user-disabled': (event) => endAll((one) => one.user === event.user),
  missed: () => endAll(() => true), // clients come again, and are asked who they are
};

/** Reads the events, on and on: after a break it goes on behind the last that it has had. Calls `begun` with the first. */
export async function followEvents(begun) {
  for (let last = ''; ; await pause(200)) {
    try {
      const events = await ask('events', { 'Last-Event-ID': last });
      let rest = '';
      for await (const part of events.setEncoding('utf8')) {
        const blocks = (rest + part).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) {
          const { id, event, data } = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/)));
          done[event]?.(JSON.parse(data));
          last = id;
        }
        begun();
      }
    } catch (error) {
      console.error(`no events for now: ${error.message}`);
    }
  }
}

// Is the session still there? Asked soon after it is watched, because an event may have told before that it ended. Asked
// again when it expires, and now and then, as no event tells that a session was silent for too long.
async function look(one) {
  try {
    const sessions = JSON.parse(await text(await ask(`users/${encodeURIComponent(one.user)}/sessions`)));
    const mine = sessions.find(({ id }) => id === one.session);
    if (!mine) one.end();
    else lookAfter(one, Math.min(300_000, new Date(mine.expires_at) - new Date() + 1));
  } catch {
    lookAfter(one, 1000);
  }
}
function lookAfter(one, milliseconds) {
  if (watched.has(one)) one.timer = setTimeout(look, milliseconds, one);
}

/**
 * Calls `end` when the session of a request has ended that nginx has let through. Gives what no longer watches it. Asks
 * after so many milliseconds whether the session is still there.
 */
export function watch({ headers }, end, milliseconds = 0) {
  const one = { user: decodeURIComponent(headers['x-session-user']), session: headers['x-session-id'], end };
  watched.add(one);
  lookAfter(one, milliseconds);
  return () => {
    watched.delete(one);
    clearTimeout(one.timer);
  };
}
