// People with devices for the tests, and what the page shows of them.

let users = 0;
export const newUser = () => `user ${(users += 1)}`;

/** As browsers name themselves. */
export const firefoxOnLinux = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
export const chromeOnWindows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

/** A person with a browser of ours, Firefox on Linux and a CLI, in this order. */
export async function threeDevices(stack) {
  const user = newUser();
  const own = await stack.mint(user, { user_agent: chromeOnWindows });
  const other = await stack.mint(user, { user_agent: firefoxOnLinux });
  const cli = await stack.mint(user, { kind: 'cli', user_agent: 'path-cli/0.8.1 (macOS; arm64)' });
  return { user, own, other, cli };
}

export const device = (page, name) => page.getByRole('listitem').filter({ hasText: name });
export const names = (page) => page.locator('.device .name').allTextContents();
export const said = (page) => page.locator('#notice');
export const nothingSaid = (page) => page.waitForFunction(() => document.querySelector('#notice').textContent === '');
export const signedOut = (page) => page.getByRole('heading', { name: 'You are signed out' });
export const answer = (page, button) => page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click();

/** What the page sees when a person comes back to its tab. */
export const comeBack = (page) => page.evaluate(() => window.dispatchEvent(new Event('focus')));

/** Resolves to the code for a CLI, as it is shown, once it is there. */
export async function shownCode(page) {
  await page.locator('#code').waitFor();
  return page.locator('#code').innerText();
}
