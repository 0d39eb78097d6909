/** The broadcasts of this member while it leads: numbered, so that whoever follows sees a hole. */
export class Streams {
  readonly #sequences = new Map<number, number>();

  /** A stream that is open already goes on. */
  open(streamId: number): void {
    if (!this.#sequences.has(streamId)) this.#sequences.set(streamId, 0);
  }

  close(streamId: number): void {
    this.#sequences.delete(streamId);
  }

  clear(): void {
    this.#sequences.clear();
  }

  /** Sequence of the last broadcast; 0 when there was none or the stream is not open. */
  sequence(streamId: number): number {
    return this.#sequences.get(streamId) ?? 0;
  }

  /** Sequence for the next broadcast; 0 when the stream is not open. */
  next(streamId: number): number {
    const last = this.#sequences.get(streamId);
    if (last === undefined) return 0;
    this.#sequences.set(streamId, last + 1);
    return last + 1;
  }
}

/** The one stream that this member follows. */
export interface Followed {
  readonly leader: number;
  readonly streamId: number;
  /** Sequence of the last broadcast that was delivered; undefined before the first one, which may have any. */
  sequence: number | undefined;
}
