// What a session's User-Agent says of the device, in words that people use. The string is the
// client's own claim: good for recognising, never for trust.
import { texts } from './texts.js';

/** `path-cli/0.8.1 (macOS; arm64)`: a program that names itself, as opposed to a browser. */
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

/** {name, icon} of a session: the name to show, and `terminal`, `phone`, `tablet` or `computer`. */
export function describeDevice({ kind, user_agent: userAgent }) {
  const found = userAgent ? parseProgram(userAgent) ?? parseBrowser(userAgent) : {};
  let name = found.name || (userAgent ? userAgent.slice(0, 60) : texts.unknownDevice);
  if (found.name && found.system) name = texts.nameOnSystem(found.name, found.system);
  const icons = { mobile: 'phone', tablet: 'tablet' };
  return { name, icon: kind === 'cli' ? 'terminal' : icons[found.type] ?? 'computer' };
}
