import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../client/client.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble } from '../ensemble.ts';
import { checkHistory } from './history.ts';
import { SteadyLoad } from './steady-load.ts';

/** A checker that finds nothing wrong is trusted only if it finds what is: each test tampers with the tree and must be caught. */
describe('the checker of the fault tests', () => {
  let ensemble: Ensemble;
  let load: SteadyLoad;
  let meddler: Client;

  before(async () => {
    ensemble = await Ensemble.start();
    load = await SteadyLoad.start(ensemble.members, { clients: 2 });
    await eventually('writes', 30_000, () => load.acknowledgedCount > 60);
    await load.stop();
    meddler = await Client.connect(ensemble.members);
  });
  after(async () => {
    await meddler?.close();
    await load?.close();
    await ensemble?.stop();
  });

  const verdict = async () => {
    await ensemble.settled();
    return checkHistory(load, ensemble.members);
  };

  test('accepts what was written', async () => {
    const { acknowledged, unknown } = await verdict();
    assert.ok(acknowledged > 60);
    assert.equal(unknown, 0);
  });

  test('sees a node that nobody wrote', async () => {
    await meddler.create('/load/w0/invented');
    await assert.rejects(verdict(), /nobody wrote/);
    await meddler.delete('/load/w0/invented');
  });

  test('sees other data, and a register set by somebody else', async () => {
    const node = load.writers[1]?.acknowledged[0];
    assert.ok(node);
    await meddler.set(`/load/w1/${node.name}`, 'other');
    await assert.rejects(verdict(), new RegExp(node.name));
    await meddler.set(`/load/w1/${node.name}`, node.data);
    await meddler.set('/load/w1', 'other');
    await assert.rejects(verdict(), /is other, not of/);
    await meddler.set('/load/w1', load.writers[1]?.registerSets.at(-1)?.value ?? '');
    await assert.rejects(verdict(), /set more often than asked/);
  });

  test('sees a lost write, and one that was written again', async () => {
    const node = load.writers[0]?.acknowledged.at(-1);
    assert.ok(node);
    await meddler.delete(`/load/w0/${node.name}`);
    await assert.rejects(verdict(), /lost acknowledged writes/);
    await meddler.create(`/load/w0/${node.name}`, node.data);
    await assert.rejects(verdict(), new RegExp(node.name));
  });
});
