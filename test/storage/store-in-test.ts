import assert from 'node:assert/strict';
import type { Store } from '../../runtime/ports.ts';

/** One member's storage as a test needs it. */
export interface StoreUnderTest {
  open(): Store;
  /** Closes what is open and opens it again. */
  reopen(): Promise<Store>;
  dispose(): Promise<void>;
}

/** The storage of the test that runs now; made afresh for each. */
export class StoreInTest {
  #under: StoreUnderTest | undefined;
  #store: Store | undefined;

  begin(under: StoreUnderTest): void {
    this.#under = under;
    this.#store = under.open();
  }

  get under(): StoreUnderTest {
    assert.ok(this.#under !== undefined, 'no test runs');
    return this.#under;
  }

  get store(): Store {
    assert.ok(this.#store !== undefined, 'no test runs');
    return this.#store;
  }

  set store(store: Store) {
    this.#store = store;
  }
}
