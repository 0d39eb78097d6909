import { writeSync } from 'node:fs';
import { counterOf, zxidOf } from '../../machines/zab/zxid.ts';
import type { Store } from '../../runtime/ports.ts';
import { openLmdbStore } from '../../storage/lmdb/store.ts';
import { checkpoint, entry, finished, znode } from './fixture.ts';

/**
 * A member that only stores, for tests that kill it: `writer-process.ts <directory> <mode> <limit>`. Every line
 * it prints is on the pipe before the next step begins.
 */
const [directory = '', mode = '', limit = '0'] = process.argv.slice(2);

/** Longer than any test needs it, in case nobody kills it. */
const HOLD_MS = 60_000;

function report(line: string): void {
  writeSync(1, `${line}\n`);
}

/** A few appends at once and one by one, of all sizes. */
async function append(store: Store, last: number, recordBytes: number): Promise<void> {
  let counter = counterOf(store.log.lastZxid);
  for (let round = 0; counter < last; round++) {
    const waits: Promise<void>[] = [];
    for (let order = 0; order <= round % 3; order++) {
      const first = counter + 1;
      counter += 1 + (round % 7);
      const run = entry(1, first, counter, recordBytes);
      waits.push(
        finished((done) =>
          store.log.append([run], zxidOf(1, first), (error) => {
            if (error === undefined) report(`done ${counterOf(run.lastZxid)}`);
            done(error);
          }),
        ),
      );
    }
    await Promise.all(waits);
  }
}

/** Node `/n<i>` of every checkpoint holds the checkpoint's own counter. */
async function appendAndCheckpoint(store: Store): Promise<void> {
  for (;;) {
    const counter = counterOf(store.log.lastZxid) + 1;
    await finished((done) => store.log.append([entry(1, counter, counter)], 0, done));
    const nodes = Array.from(
      { length: 2000 },
      (_, index) => [`/n${index}`, znode(String(counter))] as const,
    );
    await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, counter), nodes), done));
    report(`checkpoint ${counter}`);
  }
}

/** Checkpoints that each add more than one turn can stage, until there is no room. */
async function grow(store: Store): Promise<void> {
  for (let counter = 1; ; counter++) {
    await finished((done) => store.log.append([entry(1, counter, counter)], 0, done));
    const nodes = Array.from(
      { length: 5000 },
      (_, index) => [`/grown-${counter}-${index}`, znode('x'.repeat(100))] as const,
    );
    await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, counter), nodes), done));
    report(`checkpoint ${counter}`);
  }
}

/** Appends until there is no room, then tries something for which there is. */
async function fill(store: Store): Promise<void> {
  try {
    await append(store, Number(limit), 30_000);
  } catch (error) {
    const epochs = { acceptedEpoch: 9, currentEpoch: 1 };
    const again = finished((done) => store.log.saveEpochs(epochs, done));
    await again.then(
      () => report('accepted after a failure'),
      () => report('refused after a failure'),
    );
    throw error;
  }
}

async function run(): Promise<void> {
  const store = openLmdbStore(directory);
  if (store.log.epochs.currentEpoch === 0) {
    const epochs = { acceptedEpoch: 1, currentEpoch: 1 };
    await finished((done) => store.log.saveEpochs(epochs, done));
  }
  report(`open ${process.pid}`);
  if (mode === 'append') await append(store, Number(limit), 40);
  if (mode === 'fill') await fill(store);
  if (mode === 'checkpoint') await appendAndCheckpoint(store);
  if (mode === 'grow') await grow(store);
  if (mode === 'hold') await new Promise((resolve) => setTimeout(resolve, HOLD_MS));
  await finished((done) => store.close(done));
}

run().catch(async (error: unknown) => {
  report(`error ${String(error)}`);
  // A rejection that nobody heard would end the process here.
  await new Promise(setImmediate);
  report('ended');
});
