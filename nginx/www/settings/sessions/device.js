// What a session's User-Agent says of the device, in words that people use, unless the login service knew better. Either is
// the client's own claim: good for recognising, never for trust.
import { bot, browsers, programs, systems, systemWords } from './agents.js';
import { texts } from './texts.js';

const longest = 60; // characters of a name

// The first rule that matches, without its pattern.
const find = (rules, text) => rules.find(([pattern]) => pattern.test(text))?.slice(1) ?? [];

const engines = /^(?:Mozilla|Build|AppleWebKit|Gecko|Goanna|Chrome|Chromium|Safari|Version|Mobile|Electron|rv)$/;

// The first product that is not there for compatibility: `Signal` in `Signal/7.1 Chrome/130.0 Electron/33.0`.
function ownProduct(userAgent) {
  const names = [...userAgent.matchAll(/(?:^|\s)([A-Za-z][\w.-]{1,29})\/[\d.]/g)].map(([, name]) => name);
  return names.find((name) => !engines.test(name));
}

// For a User-Agent without a browser's own name: a plain browser, or an app.
function plainBrowser(userAgent) {
  if (/\bElectron\//.test(userAgent)) return ownProduct(userAgent)?.replace(/^[a-z]/, (c) => c.toUpperCase()) ?? texts.app;
  const inApp = ownProduct(userAgent) ?? texts.app;
  if (/;\s*wv\)/.test(userAgent)) return inApp; // Android's WebView
  if (/\bChromium\//.test(userAgent)) return 'Chromium';
  if (/\bChrome\//.test(userAgent)) return 'Chrome';
  if (/\bVersion\/.*\bSafari\//.test(userAgent)) return /\bAndroid\b/.test(userAgent) ? inApp : 'Safari';
  if (/\bAppleWebKit\/.*\bMobile\//.test(userAgent)) return inApp; // Apple's WKWebView
  return ownProduct(userAgent);
}

function parseBrowser(userAgent) {
  const [system, systemIcon] = find(systems, userAgent);
  const [browser, icon] = find(browsers, userAgent);
  const name = browser ?? plainBrowser(userAgent);
  return name ? { name, system, icon: icon ?? systemIcon } : { name: system, icon: systemIcon };
}

/**
 * A program that names itself: `path-cli/0.8.1 (macOS; arm64)` by RFC 9110, 10.1.5, `GitHub CLI 2.83.0`, or one
 * word without a version.
 */
function parseProgram(userAgent) {
  const [, own, version, rest] = /^([A-Za-z][\w.+-]{0,39}(?: [A-Za-z][\w.+-]{0,39}){0,2}?)(?:\/|\s\(?)v?(\d+(?:\.\d+)?)(.*)$/su.exec(userAgent)
    ?? /^([A-Za-z][\w.+-]{0,29})()()$/.exec(userAgent) ?? [];
  if (!own) return null;
  const name = programs[own] ?? own.replace(/-cli$/i, ' CLI');
  if (/\bCFNetwork\//.test(rest)) return { name: `${name} ${version}`, icon: 'phone' }; // an app of Apple's systems
  const [system, icon] = find(systemWords, rest);
  return { name: `${name} ${version}`, system, icon: icon ?? 'terminal' };
}

function parse(userAgent) {
  const said = userAgent.replace(/\+?https?:\/\/\S*|\S+@\S+/g, ''); // says whose it is, not what it is
  const machine = bot.exec(said);
  if (machine) return { name: machine[0], icon: 'bot' };
  const [device, icon, alone] = find(systems, said);
  if (alone) return { name: device, icon };
  if (/^Dalvik\//.test(said)) return { name: texts.app, system: device, icon };
  return /^(?:Mozilla|Opera)\//.test(said) ? parseBrowser(said) : parseProgram(said) ?? { name: userAgent };
}

// Invisible characters could turn the text around or hide a part of it. A long name could hide the page.
function tame(name) {
  if (!/[\p{L}\p{N}\p{S}]/u.test(name)) return '';
  const characters = [...name.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : characters.join('');
}

function describe({ kind, user_agent: userAgent, device = '' }) {
  const { name = '', system, icon = 'computer' } = parse(userAgent ?? '');
  const shown = tame(device) || tame(system ? texts.nameOnSystem({ name, system }) : name);
  return { name: shown || texts.unknownDevice, icon: kind === 'cli' ? 'terminal' : icon };
}

const described = new WeakMap(); // by session: a list is shown again and again

/**
 * {name, icon} of a session: the name to show, and `computer`, `phone`, `tablet`, `television`, `console`,
 * `terminal` or `bot`.
 */
export function describeDevice(session) {
  if (!described.has(session)) described.set(session, describe(session));
  return described.get(session);
}
