import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import type { Identities } from '../model/access.ts';
import { CODE } from '../model/code.ts';
import { ConnectionWatches, type Notification } from '../model/connection-watches.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { type Invocation, wordsOf } from '../model/invocation.ts';
import type { ReadRequest } from '../request.ts';
import { zxidText } from '../zxid-text.ts';

type Reply = Extract<HistoryEvent, { type: 'reply' }>;

interface Watching {
  readonly watches: ConnectionWatches;
  /** Events of a setWatches whose reply has not come yet. */
  missed: Notification[];
  /** Proven before everything that the connection is going to be shown. */
  certain: Identities;
  /** Proven, as an auth reply has said since the connection was last shown a zxid. */
  proven: Identities;
}

/**
 * Watches are neither lost nor doubled: from what each reply registered and from what was committed follows which
 * events a connection must be told, in which order, before a reply shows it anything as new (reference §7).
 */
export class WatchesExact implements Checker {
  readonly name = 'watches exact';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;
  readonly #connections = new Map<number, Watching>();

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case 'connected':
        this.#connections.set(event.connection, {
          watches: new ConnectionWatches(this.#record.tree.versions),
          missed: [],
          certain: [],
          proven: [],
        });
        return undefined;
      case 'disconnected':
        this.#connections.delete(event.connection);
        return undefined;
      case 'notified':
        return this.#notified(event);
      case 'reply': {
        const invocation = this.#record.answered?.invocation;
        return invocation === undefined ? undefined : this.#replied(event, invocation);
      }
      default:
        return undefined;
    }
  }

  end(): undefined {
    return undefined;
  }

  #notified({ connection, zxid, kind, path }: Notification & { connection: number }) {
    const watching = this.#connections.get(connection);
    if (watching === undefined) return undefined;
    if (zxid <= 0) {
      watching.missed.push({ zxid, kind, path });
      return undefined;
    }
    this.#advance(connection, watching, zxid);
    const due = watching.watches.told({ zxid, kind, path });
    if (due === undefined) return undefined;
    const expected = due === null ? 'nothing' : textOf(due);
    return `connection ${connection} was told ${textOf({ zxid, kind, path })}, and had to be told ${expected}`;
  }

  #replied(reply: Reply, invocation: Invocation): string | undefined {
    const { connection, zxid, code } = reply;
    const watching = this.#connections.get(connection);
    if (watching === undefined) return undefined;
    const { request } = invocation;
    if (zxid > 0) {
      this.#advance(connection, watching, zxid);
      const missing = watching.watches.takeMissing();
      if (missing !== undefined) {
        return `${wordsOf(invocation)} was answered at ${zxidText(zxid)}, and before it had to come ${textOf(missing)}`;
      }
    }
    if (request.op === 'setWatches') return setWatches(watching, request, reply, invocation);
    const [stray] = watching.missed;
    if (stray !== undefined) {
      return `connection ${connection} was told ${textOf(stray)} outside a setWatches`;
    }
    const { watches } = watching;
    if (request.op === 'addWatch' && code === 0) watches.add(request.path, request.recursive);
    if (request.op === 'removeWatches' || request.op === 'checkWatches') {
      const expected = watches.has(request.path, request.type) ? 0 : CODE.noWatcher;
      if (request.op === 'removeWatches') watches.remove(request.path, request.type);
      if (code !== expected) {
        return `${wordsOf(invocation)} of type ${request.type} was answered ${code}, and had to be ${expected}`;
      }
    }
    if (request.op === 'auth' && code === 0) watching.proven = invocation.identities;
    if ('watch' in request && request.watch) register(watches, request, code);
    return undefined;
  }

  #advance(connection: number, watching: Watching, zxid: number): void {
    const { identities } = this.#record.connection(connection);
    watching.watches.advance(this.#record.txns, zxid, watching.certain, identities);
    // What an auth reply says has surely come before the changes that follow this zxid, not before those up to it.
    watching.certain = watching.proven;
  }
}

type Watch = Extract<ReadRequest, { watch: boolean }>;

/** On a node that is not there only exists leaves a watch, which waits for it (reference §3.3). */
function register(watches: ConnectionWatches, { op, path }: Watch, code: number): void {
  const isPlaced = code === 0 || (op === 'exists' && code === CODE.noNode);
  if (!isPlaced) return;
  if (op === 'exists' || op === 'getData') watches.watchData(path);
  else watches.watchChildren(path);
}

function setWatches(
  watching: Watching,
  request: Extract<ReadRequest, { op: 'setWatches' }>,
  { zxid }: Reply,
  invocation: Invocation,
): string | undefined {
  const told = watching.missed.map(textOf).sort();
  watching.missed = [];
  const expected = watching.watches.set(request, zxid).map(textOf).sort();
  if (told.join() === expected.join()) return undefined;
  return `${wordsOf(invocation)} told [${told.join('; ')}] at ${zxidText(zxid)}, and had to tell [${expected.join('; ')}]`;
}

function textOf({ kind, path, zxid }: Notification): string {
  return `event ${kind} of ${path} at ${zxidText(zxid)}`;
}
