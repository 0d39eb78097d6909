import type { Outbox } from './outbox.ts';

/** One direction-less numbered channel between two members; both directions count from 1. */
export interface Link {
  readonly linkId: number;
  /** Opened here, and accepted by the peer. */
  readonly isOwn: boolean;
  /** The last number that was sent. */
  sent: number;
  /** The last number that was received. */
  received: number;
}

/** So many ended links of a peer are remembered: a message 1 that was delayed must not bring one back to life. */
const ENDED_LINKS_REMEMBERED = 64;

/** What this member knows of another one: at most one link opened here and one opened there. */
export class Peer {
  readonly id: number;
  readonly outbox: Outbox;
  #opened: Link | undefined;
  #accepted: Link | undefined;
  readonly #ended: number[] = [];

  constructor(id: number, outbox: Outbox) {
    this.id = id;
    this.outbox = outbox;
  }

  find(linkId: number): Link | undefined {
    if (this.#opened?.linkId === linkId) return this.#opened;
    if (this.#accepted?.linkId === linkId) return this.#accepted;
    return undefined;
  }

  get links(): Link[] {
    return [this.#opened, this.#accepted].filter((link) => link !== undefined);
  }

  hasEnded(linkId: number): boolean {
    return this.#ended.includes(linkId);
  }

  /** Takes the place of the link that was opened here before, and returns that one. */
  open(linkId: number): Link | undefined {
    const replaced = this.#opened;
    if (replaced !== undefined) this.end(replaced);
    this.#opened = { linkId, isOwn: true, sent: 0, received: 0 };
    return replaced;
  }

  /** The same for a link that the peer opened. */
  accept(linkId: number): Link | undefined {
    const replaced = this.#accepted;
    if (replaced !== undefined) this.end(replaced);
    this.#accepted = { linkId, isOwn: false, sent: 0, received: 0 };
    return replaced;
  }

  end(link: Link): void {
    if (this.#opened === link) this.#opened = undefined;
    if (this.#accepted === link) this.#accepted = undefined;
    this.#ended.push(link.linkId);
    if (this.#ended.length > ENDED_LINKS_REMEMBERED) this.#ended.shift();
  }
}
