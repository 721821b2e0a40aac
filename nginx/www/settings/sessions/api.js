// The service's routes. Each call resolves to {status, body, login}; status 0 means that no answer came.
import { setClock } from './time.js';

const patience = 15_000; // ms

async function call(method, path, body) {
  try {
    const response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(patience),
    });
    const isJson = (response.headers.get('Content-Type') ?? '').startsWith('application/json');
    if (response.status === 200 && !isJson) return { status: 0, body: null }; // a hotspot's page, not ours
    setClock(response.headers.get('Date'));
    const login = response.headers.get('X-Session-Login');
    return { status: response.status, body: isJson ? await response.json() : null, login };
  } catch {
    return { status: 0, body: null };
  }
}

export const listSessions = () => call('GET', '/api/v1/auth/sessions');
export const revokeSession = (id) => call('DELETE', `/api/v1/auth/sessions/${encodeURIComponent(id)}`);
export const renameSession = (id, name) => call('PATCH', `/api/v1/auth/sessions/${encodeURIComponent(id)}`, { name });
export const revokeOthers = () => call('DELETE', '/api/v1/auth/sessions');

/**
 * Ends these sessions, one after another, up to the first failure. One that has ended already is no failure. Resolves
 * to {ended, status}: a Set of the ids of ended sessions, and 204 or what went wrong.
 */
export async function revokeEach(ids) {
  const ended = new Set();
  for (const id of ids) {
    const { status } = await revokeSession(id);
    if (status !== 204 && status !== 404) return { ended, status };
    ended.add(id);
  }
  return { ended, status: 204 };
}

export const logOut = () => call('POST', '/api/v1/auth/logout');
export const howEnded = () => call('GET', '/api/v1/auth/ended');
export const me = () => call('GET', '/api/v1/u/me');
export const requestGrant = () => call('POST', '/api/v1/auth/cli/request-grant');
export const findDevice = (code) => call('POST', '/api/v1/auth/devices/find', { code });
export const approveDevice = (code) => call('POST', '/api/v1/auth/devices/approve', { code });
export const denyDevice = (code) => call('POST', '/api/v1/auth/devices/deny', { code });
export const devLogin = (username) => call('POST', '/api/v1/auth/dev-login', { username });

/** Where to sign in and then return to this page; null where the site does not say. */
export async function signInUrl() {
  const { login } = await me();
  if (!login) return null;
  // A login service on the same site is told the path, as nginx tells it.
  return login + encodeURIComponent((login.startsWith('/') ? '' : location.origin) + location.pathname + location.search);
}

/** Whether the site has the dev login: an incomplete one is refused there, and unknown elsewhere. */
export const hasDevLogin = async () => (await call('POST', '/api/v1/auth/dev-login', {})).status === 400;
