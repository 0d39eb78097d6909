import { createHook } from 'node:async_hooks';

/** What a deterministic life may not touch: the names of all that knows the real time, chance, or a later turn. */
const FORBIDDEN: readonly (readonly [holder: object, name: string])[] = [
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [globalThis, 'queueMicrotask'],
  [globalThis, 'Promise'],
  [globalThis, 'fetch'],
  [Math, 'random'],
  [performance, 'now'],
  [process, 'nextTick'],
  [process, 'hrtime'],
];

/** A simulated life has reached for the real world: it would not be the same a second time. */
export class RealWorldTouched extends Error {
  override readonly name = 'RealWorldTouched';
}

/**
 * Runs `life` with every clock, timer, source of chance and promise of the process trapped: to touch one is an
 * error at the place where it happens. Promises made by `async` functions are seen too.
 */
export function withoutRealTime<Result>(life: () => Result): Result {
  let touched: string | undefined;
  const trap = (name: string): never => {
    touched ??= name;
    throw new RealWorldTouched(`${name} is used inside a simulated life`);
  };
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE') touched ??= 'a promise';
    },
  });
  const restore: (() => void)[] = [];
  for (const [holder, name] of FORBIDDEN) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    // What a prototype holds is shadowed, and seen again once the shadow is gone.
    restore.push(() => {
      if (descriptor === undefined) Reflect.deleteProperty(holder, name);
      else Object.defineProperty(holder, name, descriptor);
    });
    Object.defineProperty(holder, name, {
      configurable: true,
      get: () => trap(name),
    });
  }
  // XState notes when a delayed event was scheduled, and never looks at it: the note is the same in every life.
  const realDate = Date;
  const refuse = (): never => trap('Date');
  globalThis.Date = new Proxy(Date, {
    construct: refuse,
    apply: refuse,
    get: (target, name) => (name === 'now' ? () => 0 : Reflect.get(target, name)),
  });
  restore.push(() => {
    globalThis.Date = realDate;
  });
  hook.enable();
  try {
    const result = life();
    if (touched !== undefined)
      throw new RealWorldTouched(`${touched} was made in a simulated life`);
    return result;
  } finally {
    hook.disable();
    for (const undo of restore) undo();
  }
}
