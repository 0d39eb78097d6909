import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../client/client.ts';
import { Connection } from '../client/connection.ts';
import { SessionExpired } from '../client/error.ts';
import { EVENT, MODE } from '../client/record.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble } from '../ensemble.ts';

const TIMEOUT_MS = 4000;
/** A bucket and the learners' batching, reference §9.1, and what a busy machine adds. */
const LATE_MS = 6000;

describe('a client that dies without closing', () => {
  let ensemble: Ensemble;

  before(async () => {
    ensemble = await Ensemble.start();
  });
  after(() => ensemble?.stop());

  test('loses all its ephemerals after its timeout, in one transaction, and not before', {
    timeout: 60_000,
  }, async (context) => {
    const watcher = await Client.connect(ensemble.members);
    await watcher.create('/alive');
    // One dying client at each member: the leader hears of two of them through learners only.
    await Promise.all(
      ensemble.members.map(async (member) => {
        const directory = `/alive/${member.id}`;
        await watcher.create(directory);
        const client = await Client.connect([member], { timeoutMs: TIMEOUT_MS });
        assert.equal(client.timeoutMs, TIMEOUT_MS);
        let lastSentMs = 0;
        for (const name of ['a', 'b', 'c']) {
          lastSentMs = performance.now();
          await client.create(`${directory}/${name}`, '', { mode: MODE.ephemeral });
        }
        await watcher.sync(directory);
        client.abandon();
        const sawMs = await eventually('the ephemerals to go', TIMEOUT_MS + LATE_MS, async () => {
          const left = await watcher.children(directory);
          assert.ok(left.length === 3 || left.length === 0, `${left.length} of 3 are left`);
          return left.length === 0 && performance.now() - lastSentMs;
        });
        context.diagnostic(`through member ${member.id}: gone after ${sawMs.toFixed(0)} ms`);
        assert.ok(sawMs >= TIMEOUT_MS, `gone after ${sawMs.toFixed(0)} ms already`);
      }),
    );
    await watcher.close();
  });

  test('finds its session gone when it comes back too late', { timeout: 60_000 }, async () => {
    const [first, second] = ensemble.members;
    assert.ok(first && second);
    const witness = await Client.connect([second]);
    const owner = await Client.connect([first], { timeoutMs: TIMEOUT_MS });
    const { sessionId, password } = owner;
    await owner.create('/late', '', { mode: MODE.ephemeral });
    await witness.sync('/late');
    await witness.exists('/late', true);
    owner.abandon();
    await eventually('the deletion', TIMEOUT_MS + LATE_MS, () =>
      witness.events.find((event) => event.path === '/late' && event.type === EVENT.deleted),
    );
    const back = Connection.open(second, { timeoutMs: TIMEOUT_MS, sessionId, password });
    await assert.rejects(back, SessionExpired);
    await witness.close();
  });

  test('keeps everything when it is back at another member in time', {
    timeout: 60_000,
  }, async () => {
    const [first, second] = ensemble.members;
    assert.ok(first && second);
    const before = await Client.connect([first], { timeoutMs: TIMEOUT_MS });
    await before.create('/kept', 'x', { mode: MODE.ephemeral });
    const { sessionId, password, lastZxidSeen } = before;
    before.abandon();
    const back = await eventually('the other member to have caught up', 5000, () =>
      Connection.open(second, { timeoutMs: TIMEOUT_MS, sessionId, password, lastZxidSeen }).catch(
        () => undefined,
      ),
    );
    assert.equal(back.sessionId, sessionId);
    assert.deepEqual(back.password, password);
    const reader = await Client.connect([second]);
    await reader.sync('/kept');
    assert.equal((await reader.exists('/kept'))?.ephemeralOwner, sessionId);
    await back.close();
    await eventually('the ephemeral to go with its session', 2000, async () =>
      (await reader.exists('/kept')) === undefined ? true : undefined,
    );
    await reader.close();
  });
});
