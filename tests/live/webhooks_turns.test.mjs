// Whose turn it is to deliver webhooks. In a file of its own, as a turn lasts ten seconds.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startSite, until } from './webhooks.mjs';

describe('webhooks', () => {
  const site = startSite();

  test('that wait when another program has its turn are told by whoever has it next', async () => {
    site.receiver.answer = () => 500;
    const program = await site.delivering();
    const { id } = await site.stack.mint('alice');
    await until(() => site.receiver.posts.length > 0);
    // Longer than until the program looks whether it is still its turn.
    site.stack.redisCli('SET', 'sessiond:deliveries:turn', 'another', 'PX', '12000');
    await until(() => program.said.split('delivering events').length === 3);
    site.receiver.answer = () => 204;
    const before = site.receiver.posts.length;
    await until(() => site.receiver.posts.length > before);
    assert.ok(site.receiver.posts.every(({ data }) => data.session === id));
  });

  test('stop between two that are slowly taken when another program has its turn, or at the end', async () => {
    site.receiver.answer = () => pause(1000, 204);
    const program = await site.delivering();
    for (let i = 0; i < 40; ++i) await site.stack.mint('alice');
    await until(() => site.receiver.posts.length > 0);
    site.stack.redisCli('SET', 'sessiond:deliveries:turn', 'another', 'PX', '20000');
    // Longer than until the program looks whether it is still its turn.
    await pause(12_000);
    const before = site.receiver.posts.length;
    await pause(2000);
    assert.equal(site.receiver.posts.length, before);
    await until(() => site.receiver.posts.length > before + 2);
    await until(() => program.said.split('delivering events').length === 3);
    const told = Date.now();
    assert.equal(await program.end(), 0);
    assert.ok(Date.now() < told + 5000);
    site.receiver.answer = () => 204;
    await site.delivering();
    await until(() => new Set(site.receiver.posts.map(({ id }) => id)).size === 40);
  });
});
