// What becomes of webhooks that nobody takes. In a file of its own, as it takes half a minute.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startSite, until } from './webhooks.mjs';

describe('webhooks', () => {
  const site = startSite();

  test('that nobody takes for long are put aside, and the next are told', async () => {
    const program = await site.deliver({ url: 'http://127.0.0.1:1/' }); // where nobody listens
    await until(() => program.said.includes('delivering events'));
    const { id } = await site.stack.mint('alice');
    await until(() => program.said.includes('it is put aside'));
    assert.equal(await program.end(), 0);
    await site.delivering();
    const next = await site.stack.mint('bob');
    await until(() => site.receiver.posts.length === 1);
    assert.equal(site.receiver.posts[0].data.session, next.id);
    assert.ok(site.stack.redisCli('XRANGE', 'sessiond:deliveries:undelivered', '-', '+').includes(id));
  });
});
