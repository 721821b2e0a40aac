// What `sessiond deliver` posts of what happens in a Redis Cluster, where each slot has its own events.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KEPT, startCluster } from './cluster.mjs';
import { startDelivering, startReceiver, until } from './webhooks.mjs';

const USERS = 400;

describe('webhooks of a Redis Cluster', () => {
  let cluster;
  let receiver;
  const programs = [];
  before(async () => {
    cluster = await startCluster();
    receiver = await startReceiver();
  });
  after(async () => {
    receiver?.server.close();
    await Promise.all(programs.map((program) => program.end()));
    receiver?.server.closeAllConnections();
    await cluster?.stop();
  });

  const deliver = () => {
    const program = startDelivering({ folder: cluster.folder, redis: cluster.redis, kept: KEPT, url: `http://127.0.0.1:${receiver.port}/` });
    programs.push(program);
    return program;
  };

  test('tell of every user at least once, and in their order, though the program is killed meanwhile', async () => {
    const first = deliver();
    await until(() => first.said.includes('delivering events'));

    // What happened to each user, in its order.
    const happened = new Map(Array.from({ length: USERS }, (_, number) => [`user-${number}`, []]));
    const note = async (user, what) => {
      const { id } = await cluster.mint(user);
      happened.get(user).push(`session.minted ${id}`);
      if (what === 'minted') return;
      await cluster.end(user, id);
      happened.get(user).push(`session.ended ${id}`);
    };
    const second = deliver();
    const killed = until(() => receiver.posts.length > USERS / 2).then(() => first.end('SIGKILL'));
    for (const user of happened.keys()) await note(user, 'ended');
    await killed;
    assert.ok(receiver.posts.length < 2 * USERS);
    // Nobody delivers just now.
    for (const user of happened.keys()) await note(user, 'minted');

    await until(() => second.said.includes('delivering events'));
    await until(() => new Set(receiver.posts.map(({ id }) => id)).size === 3 * USERS, 120);
    for (const [user, events] of happened) {
      const told = receiver.posts.filter(({ data }) => data.user === user).map(({ type, data }) => `${type} ${data.session}`);
      assert.deepEqual([...new Set(told)], events, user);
    }
    const slots = new Set(receiver.posts.map(({ id }) => Number(id.split('-')[2])));
    assert.ok(slots.size > USERS * 0.9);
    assert.deepEqual(new Set([...slots].map(cluster.owner)), new Set([0, 1, 2]));
    assert.doesNotMatch(first.said + second.said, /missed/);
  });
});
