import { after, before, describe } from 'node:test';
import { Ensemble } from '../ensemble.ts';
import { connectionTests } from './protocol/connections.ts';
import { introspectionTests } from './protocol/introspection.ts';
import { multiTests } from './protocol/multis.ts';
import { nodeTests } from './protocol/nodes.ts';
import { persistentWatchTests } from './protocol/persistent-watches.ts';
import { Scene } from './protocol/scene.ts';
import { watchTests } from './protocol/watches.ts';

/** What a client can see, byte and order exactly, through a follower unless said otherwise. */
describe('the client protocol', () => {
  let ensemble: Ensemble;
  let scene: Scene | undefined;
  const current = (): Scene => {
    if (scene === undefined) throw new Error('the ensemble has not started');
    return scene;
  };

  before(async () => {
    ensemble = await Ensemble.start();
    scene = await Scene.of(ensemble);
  });
  after(async () => {
    await scene?.end();
    await ensemble?.stop();
  });

  describe('nodes', () => nodeTests(current));
  describe('multi', () => multiTests(current));
  describe('watches', () => watchTests(current));
  describe('watches that stay', () => persistentWatchTests(current));
  describe('what a client may ask beside its nodes', () => introspectionTests(current));
  describe('connections and sessions', () => connectionTests(current));
});
