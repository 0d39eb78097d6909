import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryReturn, type ProcessMemory, processMemory } from '../../runtime/memory-return.ts';

const MB = 2 ** 20;
const OPTIONS = {
  intervalMs: 1_000_000,
  looks: 3,
  quietShare: 0.1,
  growthBytes: 32 * MB,
  pauseMs: 30_000,
};

/** A process that is told how it is. */
class Scene {
  readonly returned: string[] = [];
  residentMb = 60;
  #processorMs = 0;
  #nowMs = 0;
  readonly #memoryReturn: MemoryReturn;

  constructor() {
    const memory: ProcessMemory = {
      residentBytes: () => this.residentMb * MB,
      processorMs: () => this.#processorMs,
      nowMs: () => this.#nowMs,
      collect: () => {
        this.returned.push('collect');
      },
    };
    this.#memoryReturn = new MemoryReturn(memory, () => this.returned.push('rest'), OPTIONS);
    this.#memoryReturn.stop();
  }

  /** Seconds of which each takes that share of a processor. */
  live(seconds: number, share: number): void {
    for (let second = 0; second < seconds; second++) {
      this.#nowMs += 1000;
      this.#processorMs += 1000 * share;
      this.#memoryReturn.look();
    }
  }
}

test('a burst is followed by one return, once the process is quiet', () => {
  const scene = new Scene();
  scene.residentMb = 400;
  scene.live(60, 0.9);
  scene.live(2, 0.05);
  scene.live(1, 0.1);
  scene.live(2, 0.05);
  assert.deepEqual(scene.returned, []);
  scene.live(1, 0.05);
  assert.deepEqual(scene.returned, ['rest', 'collect']);
  scene.residentMb = 150;
  scene.live(100, 0.05);
  assert.equal(scene.returned.length, 2);
});

test('what cannot be returned is not asked for again, what grows anew is', () => {
  const scene = new Scene();
  scene.residentMb = 400;
  scene.live(100, 0.05);
  assert.equal(scene.returned.length, 2);
  scene.residentMb = 425;
  scene.live(100, 0.05);
  assert.equal(scene.returned.length, 2);
  scene.residentMb = 433;
  scene.live(100, 0.05);
  assert.equal(scene.returned.length, 4);
});

test('memory that went by itself counts as growth when it comes back', () => {
  const scene = new Scene();
  scene.residentMb = 90;
  scene.live(10, 0.05);
  scene.residentMb = 50;
  scene.live(10, 0.05);
  scene.residentMb = 81;
  scene.live(10, 0.05);
  assert.deepEqual(scene.returned, []);
  scene.residentMb = 83;
  scene.live(10, 0.05);
  assert.equal(scene.returned.length, 2);
});

test('what grows at once is not returned at once: a pause now and then is not felt', () => {
  const scene = new Scene();
  scene.residentMb = 100;
  scene.live(3, 0.05);
  assert.equal(scene.returned.length, 2);
  scene.residentMb = 60;
  scene.live(1, 0.05);
  scene.residentMb = 100;
  scene.live(28, 0.05);
  assert.equal(scene.returned.length, 2);
  scene.live(1, 0.05);
  assert.equal(scene.returned.length, 4);
});

test('this process can be asked, and collects what nobody holds, again and again', async () => {
  assert.ok(processMemory.residentBytes() > MB);
  const before = processMemory.processorMs();
  for (let round = 0; round < 3; round++) {
    let garbage: WeakRef<object> | undefined;
    (() => {
      garbage = new WeakRef({ nobody: 'holds this' });
    })();
    // To look at it holds it for the rest of the turn.
    while (garbage?.deref() !== undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      processMemory.collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  assert.ok(processMemory.processorMs() >= before);
});
