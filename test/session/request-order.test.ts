import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ensemble } from '../zab/harness/ensemble.ts';
import { create, dataOf, getData, setData, sync } from '../zab/harness/request.ts';

/** A running ensemble and a member of it that follows. */
function running(): { ensemble: Ensemble; leader: number; follower: number } {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  const [follower] = ensemble.followers;
  assert.ok(follower !== undefined);
  return { ensemble, leader, follower };
}

for (const role of ['leader', 'follower'] as const) {
  test(`a ${role} answers a sync and the write behind it in their order, and so what is between them`, () => {
    const { ensemble, leader, follower } = running();
    const client = ensemble.connect(role === 'leader' ? leader : follower);
    ensemble.ask(client, create('/a', 'before'));
    const xids = client.send(
      sync('/a'),
      getData('/a'),
      setData('/a', 'after'),
      getData('/a'),
      sync('/a'),
      setData('/a', 'last'),
      getData('/a'),
    );
    ensemble.until(() => client.replyTo(xids.at(-1)) !== undefined, 'the last reply');
    assert.deepEqual(
      client.replies.slice(1).map(({ xid }) => xid),
      xids,
    );
    const data = [1, 3, 6].map((at) => dataOf(client.replyTo(xids[at])?.body ?? Buffer.alloc(4)));
    assert.deepEqual(data, ['before', 'after', 'last']);
  });
}
