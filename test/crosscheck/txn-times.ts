/** What one server has said of the times of its txns: one txn has one time, on every node that it touched. */
export class TxnTimes {
  readonly #times = new Map<bigint, bigint>();

  /** The contradiction, if there is one. */
  note(zxid: bigint, atMs: bigint): string | undefined {
    const before = this.#times.get(zxid);
    this.#times.set(zxid, atMs);
    if (before === undefined || before === atMs) return undefined;
    return `0x${zxid.toString(16)} was at ${before} and is at ${atMs}`;
  }
}
