// What a session's User-Agent says of the device, in words that people use. The string is the
// client's own claim: good for recognising, never for trust.
import { texts } from './texts.js';

const longest = 60; // characters of a name

/**
 * A program that names itself by the User-Agent's grammar (RFC 9110, 10.1.5), as in
 * `path-cli/0.8.1 (macOS; arm64)`. The parser knows only browsers.
 */
function parseProgram(userAgent) {
  const match = /^([\w.-]+)\/(\d+(?:\.\d+)?)[^\s(]*(?:\s*\(([^;)]+))?/.exec(userAgent);
  if (!match || match[1] === 'Mozilla' || match[1] === 'Opera') return null;
  const words = match[1].replace(/[-_]+/g, ' ').replace(/\bcli\b/gi, 'CLI');
  return { name: `${words} ${match[2]}`, system: match[3]?.trim() };
}

function parseBrowser(userAgent) {
  const { browser, os, platform } = globalThis.bowser.parse(userAgent);
  return { name: browser.name, system: os.name, type: platform.type };
}

// What is invisible could turn the text around or hide a part of it, and a long name the page.
function tame(name) {
  const characters = [...name.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : characters.join('');
}

/** {name, icon} of a session: the name to show, and `terminal`, `phone`, `tablet` or `computer`. */
export function describeDevice({ kind, user_agent: userAgent }) {
  const found = userAgent ? parseProgram(userAgent) ?? parseBrowser(userAgent) : {};
  let name = found.name || userAgent || '';
  if (found.name && found.system) name = texts.nameOnSystem(found.name, found.system);
  const icons = { mobile: 'phone', tablet: 'tablet' };
  return { name: tame(name) || texts.unknownDevice, icon: kind === 'cli' ? 'terminal' : icons[found.type] ?? 'computer' };
}
