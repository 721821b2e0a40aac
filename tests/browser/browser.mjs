// A browser, and a page of it that watches over what every page must keep to.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium, firefox } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const colours = ['color-contrast', 'link-in-text-block'];
const artifacts = fileURLToPath(new URL('../../build/browser/', import.meta.url));

// Without its windows, unless the whole is asked for: a page is shown by the same code, at half the time of the processor.
const launchChromium = (more) => chromium.launch({
  executablePath: process.env.BROWSER === 'chromium' ? '/usr/bin/chromium' : '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--renderer-process-limit=1', ...more],
});
const inFirefox = () => process.env.BROWSER === 'firefox';
// As Debian has it, by WebDriver BiDi.
const launchFirefox = () => firefox.launch({ channel: 'moz-firefox', executablePath: '/usr/bin/firefox-esr' });

/** The browser that $BROWSER names, or Chromium without its windows, with `more` options of its command line. */
export const launch = (...more) => (inFirefox() ? launchFirefox() : launchChromium(more));

/** Gives a browser the session cookie that a login would have set. */
export const carry = (context, stack, token) => context.addCookies([{
  name: '__Host-session', value: token, url: stack.url.replace('http:', 'https:'), secure: true, httpOnly: true, sameSite: 'Lax',
}]);

/**
 * Opens the settings page, signed in with `token` if there is one. `page.faults` collects what no
 * page may do: ask another origin, break the content security policy, throw.
 */
export async function openPage(browser, stack, { token, path = '/settings/sessions/', before, ...options } = {}) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce', ...options });
  if (token) await carry(context, stack, token);
  const page = await context.newPage();
  page.faults = [];
  page.transferred = 0;
  page.on('request', (request) => {
    if (!request.url().startsWith(`${stack.url}/`)) page.faults.push(`asked ${request.url()}`);
  });
  page.on('requestfinished', async (request) => {
    const sizes = await request.sizes().catch(() => null);
    if (sizes) page.transferred += sizes.responseBodySize + sizes.responseHeadersSize;
  });
  page.on('pageerror', (error) => page.faults.push(`threw ${error}`));
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/i.test(message.text())) page.faults.push(message.text());
  });
  if (before) await before(page);
  await page.goto(stack.url + path, { waitUntil: 'commit' });
  return page;
}

/** Closes a page that behaved. */
export async function closePage(page) {
  assert.deepEqual(page.faults, []);
  // A request may still be on its way through a route of the test's.
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.context().close();
}

/**
 * With PICTURES=yes, leaves a screenshot. Not in Firefox: there a style is put into the page for it, which the page's
 * policy forbids.
 */
export async function picture(page, name) {
  if (process.env.PICTURES && !inFirefox()) await page.screenshot({ path: `${artifacts}${name}.png`, fullPage: true });
}

async function fits(page, state) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `${state}: ${overflow} pixels too wide`);
}

// Twice as large letters on a small screen, the other direction, and colours of the reader's own.
async function examineOddities(page, state) {
  await page.setViewportSize({ width: 640, height: 900 });
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
  await fits(page, `${state}, 200 %`);
  await page.evaluate(() => { document.documentElement.style.fontSize = ''; });
  await page.setViewportSize({ width: 320, height: 900 });
  const direction = await page.evaluate(() => document.documentElement.dir);
  await page.evaluate(() => { document.documentElement.dir = document.documentElement.dir === 'rtl' ? 'ltr' : 'rtl'; });
  await fits(page, `${state}, mirrored`);
  await page.evaluate((was) => { document.documentElement.dir = was; }, direction);
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await picture(page, `${state}-forced-320`);
  await page.emulateMedia({ forcedColors: 'none', colorScheme: 'light', reducedMotion: 'reduce' });
}

/**
 * What every state must be: free of axe-core violations in light and in dark, and as wide as the
 * window at 320, 768 and 1280 pixels, also mirrored and with letters of 200 %.
 */
export async function examine(page, state) {
  // The page's own policy forbids foreign scripts, so axe comes through the debugger.
  await page.evaluate(axe);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of [320, 768, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      await fits(page, `${state} at ${width}`);
      await picture(page, `${state}-${colorScheme}-${width}`);
    }
    // In the dark only the colours differ.
    const { violations } = await page.evaluate((rules) => globalThis.axe.run(rules), colorScheme === 'dark' ? { runOnly: colours } : {});
    const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(', ')}`);
    assert.deepEqual(found, [], `${state}, ${colorScheme}`);
  }
  await examineOddities(page, state);
}
