// Takes the pictures of the page that README.md shows, light and dark: `make picture`. Chromium writes them as WebP.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { closePage, launch, openPage } from './browser.mjs';
import { chromeOnWindows, firefoxOnLinux } from './devices.mjs';
import { startStack } from './stack.mjs';

const safariOnPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';
const hour = 3_600_000;
// What was minted for the picture is all of this minute. These are the ages that it shows, of the newest first.
const ages = [0, 3 * hour, 50 * hour, 400 * hour];

// The list as the worker tells it, with sessions that are of different ages.
async function age(route) {
  const response = await route.fetch();
  const list = await response.json();
  list.forEach((session, i) => {
    for (const time of ['created_at', 'last_seen_at', 'expires_at']) {
      if (session[time]) session[time] = new Date(Date.parse(session[time]) - ages[i] * (time === 'last_seen_at' ? 0.5 : 1)).toISOString();
    }
  });
  await route.fulfill({ response, json: list });
}

// A PNG as WebP of the same size, in a browser's page.
async function toWebp({ png, quality }) {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL('image/webp', quality).split(',')[1];
}

const stack = await startStack({ SESSIOND_LOGIN_URL: '', SESSIOND_RECORD_ACTIVITY: 'true' });
const browser = await launch();
try {
  const oldest = await stack.mint('alice', { user_agent: chromeOnWindows, place: 'Hamburg, Germany' });
  await stack.call(oldest.token, 'PATCH', `/api/v1/auth/sessions/${oldest.id}`, { name: 'Office' });
  await stack.mint('alice', { kind: 'cli', user_agent: 'path-cli/0.8.1 (macOS; arm64)', place: 'Berlin, Germany' });
  await stack.mint('alice', { user_agent: safariOnPhone, place: 'Berlin, Germany' });
  const own = await stack.mint('alice', { user_agent: firefoxOnLinux, place: 'Berlin, Germany' });
  for (const colorScheme of ['light', 'dark']) {
    const page = await openPage(browser, stack, {
      token: own.token, colorScheme, viewport: { width: 720, height: 520 }, deviceScaleFactor: 1.5,
      before: (each) => each.route('**/api/v1/auth/sessions', age),
    });
    await page.getByText('This device', { exact: true }).waitFor();
    const png = (await page.screenshot()).toString('base64');
    const blank = await browser.newPage();
    const webp = await blank.evaluate(toWebp, { png, quality: 0.8 });
    await blank.close();
    const file = fileURLToPath(new URL(`picture-${colorScheme}.webp`, import.meta.url));
    writeFileSync(file, Buffer.from(webp, 'base64'));
    console.log(`${file}: ${Math.round(webp.length * 0.75 / 1000)} kB`);
    await closePage(page);
  }
} finally {
  await browser.close();
  await stack.stop();
}
