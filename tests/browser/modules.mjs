// The page's own modules in node, for those of them that need no page.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Imports files of the page as a reader of English (British, in UTC) has them, copied to where node takes them for modules. */
export function importPage(...files) {
  const folder = mkdtempSync(join(tmpdir(), 'sessiond-page.'));
  after(() => rmSync(folder, { recursive: true }));
  cpSync(fileURLToPath(new URL('../../nginx/www/settings/sessions/', import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  process.env.TZ = 'UTC';
  Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en-GB'] }, configurable: true });
  return Promise.all(files.map((file) => import(join(folder, file))));
}
