// Naming a device, in the place of its name.
import { describeDevice } from './device.js';
import { busyWhile, make, makeButton, onPress } from './nodes.js';
import { texts } from './texts.js';

const longest = 64;

function makeField(session, id) {
  const input = make('input');
  Object.assign(input, { id, maxLength: longest, autocomplete: 'off', value: session.name ?? '' });
  input.setAttribute('aria-describedby', `${id}-hint`);
  const label = make('label', '', texts.renameLabel);
  label.htmlFor = id;
  const hint = make('p', 'quiet', texts.renameHint({ name: describeDevice(session).name }));
  hint.id = `${id}-hint`;
  return { input, label, hint };
}

/**
 * A form that names `session`. `save(name)`, with null for no name, resolves to whether that is done; `close()` is
 * called when it is done or cancelled.
 */
export function makeRename(session, save, close) {
  const { input, label, hint } = makeField(session, `rename-${session.id}`);
  const button = make('button', 'main', texts.renameSave);
  const cancel = makeButton('plain', texts.cancel);
  const form = make('form', 'rename', label, make('div', 'line', input, button, cancel), hint);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.hasAttribute('aria-disabled')) return;
    if (await busyWhile(button, save(input.value.trim() || null))) close();
    else input.focus();
  });
  form.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  onPress(cancel, close);
  return { form, begin: () => { input.focus(); input.select(); } };
}
