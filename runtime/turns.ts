import type { Turns } from './host.ts';

/** Node's event loop: microtasks run after each of its callbacks, immediates after all that was ready was read. */
export const nodeTurns: Turns = {
  afterCallback: (fn) => queueMicrotask(fn),
  afterPoll: (fn) => {
    setImmediate(fn);
  },
};
