import type { HistoryEvent } from '../event.ts';

type Event<T extends HistoryEvent['type']> = Extract<HistoryEvent, { type: T }>;

/** Ids of sessions that began as local ones lie above every zxid (reference §9.5). */
const ZXID_LIMIT = 2 ** 52;

/** Whether the session began without a txn. One that has become global keeps its id. */
export function beganLocal(session: number): boolean {
  return session >= ZXID_LIMIT;
}

interface Known {
  /** The one that knows it as long as it is local. */
  readonly member: number;
  /** It was made without a leader. */
  readonly isReadOnly: boolean;
  /** When that member crashed. */
  crashedMs: number;
  /** When its client first saw a state in which it is global. */
  globalMs: number;
}

/** Where sessions that began as local ones must be known, and where they cannot be (reference §9.5, §9.7). */
export class LocalSessionRecord {
  readonly #sessions = new Map<number, Known>();

  connected({ session, member, isReadOnly = false }: Event<'connected'>): void {
    if (!beganLocal(session) || this.#sessions.has(session)) return;
    const never = Number.POSITIVE_INFINITY;
    this.#sessions.set(session, { member, isReadOnly, crashedMs: never, globalMs: never });
  }

  crashed({ member, atMs }: Event<'crashed'>): void {
    for (const known of this.#sessions.values()) {
      if (known.member === member) known.crashedMs = Math.min(known.crashedMs, atMs);
    }
  }

  seenGlobal(session: number, atMs: number): void {
    const known = this.#sessions.get(session);
    if (known !== undefined) known.globalMs = Math.min(known.globalMs, atMs);
  }

  /** Whether the member cannot say that the session is over without it being so. */
  mustKnow({ session, member, atMs, askedMs = atMs }: Event<'refused'>): boolean {
    const known = this.#sessions.get(session);
    if (known === undefined || known.globalMs < askedMs) return true;
    return !known.isReadOnly && known.member === member && known.crashedMs > atMs;
  }

  /** Why the session, which is not global, cannot go on there. */
  reasonAgainst({ session, member, isReadOnly, atMs, askedMs = 0 }: Event<'connected'>) {
    const known = this.#sessions.get(session);
    if (known === undefined) return `nobody has made it by ${atMs} ms`;
    if (known.member !== member) return `it is local to member ${known.member}`;
    if (known.crashedMs < askedMs) return `member ${member} has crashed since it was made`;
    if (known.isReadOnly && isReadOnly !== true) return 'it was made without a leader';
    return undefined;
  }
}
