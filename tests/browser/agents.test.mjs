// What the page makes of User-Agents. Needs no browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { importPage } from './modules.mjs';

const [{ describeDevice }, { systems, systemWords }] = await importPage('device.js', 'agents.js');
const describe = (userAgent, kind = 'web') => describeDevice({ kind, user_agent: userAgent });

const table = readFileSync(new URL('agents.tsv', import.meta.url), 'utf8').split('\n')
  .filter((line) => line && !line.startsWith('#')).map((line) => line.split('\t'));

test('names every User-Agent of the table as it says', () => {
  assert.ok(new Set(table.map((row) => row.at(-1))).size >= 150, `${table.length} rows`);
  const wrong = table.map(([name, icon, agent]) => [[name, icon], Object.values(describe(agent)), agent])
    .filter(([wanted, got]) => wanted.join() !== got.join());
  assert.deepEqual(wrong, []);
  assert.deepEqual([...new Set(table.map(([, icon]) => icon))].sort(),
    ['bot', 'computer', 'console', 'phone', 'tablet', 'television', 'terminal'], 'every icon is in it');
});

// User-Agent and name: what nobody's program sends.
const odd = [
  [null, 'Unknown device'],
  ['', 'Unknown device'],
  [' \u200b\u202e ', 'Unknown device'],
  ['-', 'Unknown device'],
  ['()', 'Unknown device'],
  ['Mozilla/5.0', 'Unknown device'],
  ['Mozilla/5.0 (unknown)', 'Unknown device'],
  ['Mozilla/5.0 (Windows; U)', 'Windows'],
  ['Something we never heard of', 'Something we never heard of'],
  ['דפדפן Chrome/142.0 על Windows', 'דפדפן Chrome/142.0 על Windows'],
  ['<img src=x onerror=alert(1)>/1.0 (<b>x</b>)', '<img src=x onerror=alert(1)>/1.0 (<b>x</b>)'],
  ['evil/1.0 (\u202egnp.exe\u0000\n\u2066x)', 'evil 1.0'],
  ['This-device/1.0', 'This-device 1.0'],
  ['tool/1.0 (https://example.com/windows/linux)', 'tool 1.0'],
  ['tool/1.0 (me@linux.example.com)', 'tool 1.0'],
  ['tool/1.0 (scenarios; curios)', 'tool 1.0'],
  ['😀'.repeat(128), `${'😀'.repeat(59)}…`],
  ['M'.repeat(512), `${'M'.repeat(59)}…`],
];

test('of nonsense it shows the first words, or that the device is unknown', () => {
  for (const [agent, name] of odd) assert.equal(describe(agent).name, name, agent);
});

// Numbers that are the same in each run (Numerical Recipes' generator).
let state = 14;
const random = (below) => {
  state = (state * 1664525 + 1013904223) % 4294967296;
  return Math.floor((state / 4294967296) * below);
};
const pieces = [...table, ...odd].flatMap((row) => (row.at(-1) ?? '').split(/(?<=[ ;(),/])/u)).concat(odd.map(([agent]) => agent ?? ''));

test('calls only a system a system, and is short and visible, whatever it is given', () => {
  const known = new Set([...systems, ...systemWords].map(([, name]) => name));
  for (let i = 0; i < 5_000; i += 1) {
    const mixed = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join('').replaceAll(' on ', ' ');
    for (const agent of [mixed, `Mozilla/5.0 (${mixed}`, `tool/1.0 (${mixed}`]) {
      const { name, icon } = describe(agent);
      const [, system] = / on (.*)$/.exec(name) ?? [];
      assert.ok(system === undefined || known.has(system), `${JSON.stringify(agent)} is ${name}`);
      assert.ok(name !== '' && [...name].length <= 60 && !/[\p{C}]/u.test(name), `${JSON.stringify(agent)} is ${JSON.stringify(name)}`);
      assert.match(icon, /^[a-z]+$/);
    }
  }
});

test('calls a device as the login service did, and pictures it by its User-Agent', () => {
  const [brave, phone] = ['Windows NT 10.0; Win64; x64', 'Linux; Android 10; K'].map((system) => `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36`);
  const on = (device, agent) => describeDevice({ kind: 'web', user_agent: agent, device });
  assert.deepEqual(on('Brave on Windows 11', brave), { name: 'Brave on Windows 11', icon: 'computer' });
  assert.deepEqual(on('Chrome on Android (Pixel 9)', phone), { name: 'Chrome on Android (Pixel 9)', icon: 'phone' });
  assert.equal(on('a\u202eb\u200b', brave).name, 'a b');
  for (const nothing of [undefined, '', ' \u202e ', '\u2066']) assert.equal(on(nothing, brave).name, 'Chrome on Windows', nothing);
});

test('a CLI is one, whatever it says', () => {
  for (const [, , agent] of table) assert.equal(describe(agent, 'cli').icon, 'terminal');
});
