// What the page asks for. Needs no browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (file) => readFileSync(new URL(`../../nginx/www/settings/sessions/${file}`, import.meta.url), 'utf8');

// All that a module stands on.
function needed(file, found = new Set()) {
  for (const [, name] of read(file).matchAll(/^(?:import|\}) .*?from '\.\/([\w.]+)';|^import '\.\/([\w.]+)';/gm)) {
    if (!found.has(name)) needed(name, found.add(name));
  }
  return found;
}

test('asks for all of its modules at once: on a slow line each step of the way costs a second', () => {
  const preloaded = [...read('index.html').matchAll(/rel="modulepreload" href="([\w.]+)"/g)].map(([, name]) => name);
  assert.deepEqual(preloaded, [...needed('app.js')].sort());
  assert.ok(preloaded.length > 10);
});
