import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochOf } from '../../machines/zab/zxid.ts';
import { Ensemble, type EnsembleOptions } from '../sim/world/ensemble.ts';
import { create } from '../sim/world/request.ts';

function retaining(retainTxns: number): EnsembleOptions {
  return { settings: { checkpoint: { intervalMs: 100, changes: 3, retainTxns } } };
}

function write(ensemble: Ensemble, name: string, count: number): void {
  const client = ensemble.connect(ensemble.settle());
  for (let at = 0; at < count; at++) {
    assert.equal(ensemble.ask(client, create(`/${name}${at}`)).code, 0);
  }
  // Time for a checkpoint of it, and the purge after that.
  ensemble.run(500);
}

/** The leader starts anew, so that a new epoch begins. */
function nextEpoch(ensemble: Ensemble): void {
  const leader = ensemble.settle();
  ensemble.crash(leader);
  ensemble.restart(leader);
  ensemble.settle();
}

/** Of the txns that the last checkpoint holds: how many the log still has, and of how many epochs. */
function behindCheckpoint(ensemble: Ensemble, member: number): { txns: number; epochs: number } {
  const { log, tree } = ensemble.store(member);
  const epochs = new Set<number>();
  let txns = 0;
  for (const { count, lastZxid } of log.read(log.firstZxid - 1, tree.zxid, 1)) {
    epochs.add(epochOf(lastZxid));
    txns += count;
  }
  return { txns, epochs: epochs.size };
}

test('a member that comes back in a later epoch gets the txns that are retained, not a snapshot', () => {
  const ensemble = new Ensemble(retaining(1000));
  ensemble.start();
  write(ensemble, 'before', 3);
  const [late] = ensemble.followers;
  assert.ok(late !== undefined);
  ensemble.crash(late);
  write(ensemble, 'meanwhile', 5);
  nextEpoch(ensemble);
  write(ensemble, 'later', 10);
  ensemble.restart(late);
  ensemble.settle();
  ensemble.run(500);
  assert.equal(ensemble.dataAt(late, '/later9'), '');
  const sent = (type: 'DIFF' | 'SNAP') => ensemble.sent(type).filter(({ to }) => to === late);
  assert.equal(sent('SNAP').length, 0);
  assert.ok(sent('DIFF').length > 0);
});

for (const retainTxns of [0, 7, 20, 33]) {
  test(`${retainTxns} txns are kept behind a checkpoint, whatever the epochs, and the rest goes`, () => {
    const ensemble = new Ensemble(retaining(retainTxns));
    ensemble.start();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']) {
      write(ensemble, name, 5);
      nextEpoch(ensemble);
    }
    write(ensemble, 'last', 5);
    for (const member of ensemble.voters) {
      const { txns, epochs } = behindCheckpoint(ensemble, member);
      // Every epoch has 6 txns, and what goes are whole entries, the last of them never.
      assert.ok(txns >= retainTxns, `member ${member} holds ${txns}`);
      assert.ok(txns <= retainTxns + 12, `member ${member} holds ${txns}`);
      assert.ok(epochs >= retainTxns / 6, `member ${member} holds txns of ${epochs} epochs`);
    }
  });
}
