import type { Difference, Verdict } from './comparison.ts';
import { isSealed } from './place.ts';
import type { Request } from './request.ts';
import type { Step } from './step.ts';

/** Something that Debian's ZooKeeper 3.8.0 does otherwise than 3.9 does, or than we mean to. */
export interface KnownDifference {
  readonly name: string;
  /** Why, and where the reference says so. */
  readonly reason: string;
  readonly matches: (difference: Difference) => boolean;
  readonly restOfReply?: boolean;
  readonly reconnects?: boolean;
  readonly usesZxid?: boolean;
}

const WRITES: ReadonlySet<string> = new Set([
  'create',
  'create2',
  'createContainer',
  'createTtl',
  'delete',
  'setData',
  'setAcl',
  'multi',
  'reconfig',
  'deleteContainer',
]);
const NOTHING = 'nothing';
const REFUSED = ['createSession', 'deleteContainer', 'check'];

const path = ({ request }: Difference): string => String(request?.fields.path ?? '');
/** Whether the step asked for this one thing, alone. */
const asksFor = ({ step }: Difference, ops: readonly string[]): boolean =>
  step.do === 'send' && step.requests.length === 1 && ops.includes(step.requests[0]?.op ?? '');
const isBehindClose = (step: Step, request: Request): boolean =>
  step.do === 'send' &&
  step.requests.indexOf(request) > step.requests.findIndex(({ op }) => op === 'closeSession') &&
  step.requests.some(({ op }) => op === 'closeSession');
const isMixed = (where: string): boolean => /\/mixed(\/|$)/.test(where);
const isWatchQuestion = ({ request }: Difference): boolean =>
  request?.op === 'removeWatches' || request?.op === 'checkWatches';

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: 'zxid of events',
    reason: 'an event says the zxid of its txn since 3.9.0, -1 before (reference §7.1)',
    matches: ({ what, zookeeper }) => what === 'event zxid' && zookeeper === '0x-1',
  },
  {
    name: 'exists asks for READ',
    reason: 'an ACL check since 3.9.2 and 3.8.4, none before (reference §3.3)',
    matches: (difference) =>
      difference.request?.op === 'exists' &&
      difference.what === 'error' &&
      difference.zookeeper === 'OK' &&
      difference.vivarium === 'NOAUTH' &&
      isSealed(path(difference)),
    restOfReply: true,
  },
  {
    name: 'events only to who may read',
    reason: 'dropped without READ since 3.9.2 and 3.8.4, told before (reference §7.2)',
    matches: ({ what, path: where = '', vivarium }) =>
      what === 'arrival' && vivarium === NOTHING && isSealed(where),
  },
  {
    name: 'several modes of watches on a path',
    reason: 'the last one replaced those before until 3.9.0 (reference §7.2)',
    matches: ({ what, path: where = '' }) => what === 'arrival' && isMixed(where),
  },
  {
    name: 'which watches of several modes there are',
    reason: 'the last one replaced those before until 3.9.0 (reference §7.2)',
    matches: (difference) =>
      isWatchQuestion(difference) &&
      difference.what === 'error' &&
      [difference.zookeeper, difference.vivarium].sort().join() === 'NOWATCHER,OK' &&
      isMixed(path(difference)),
    restOfReply: true,
  },
  {
    name: 'watches of somebody else',
    reason:
      'checkWatches is about the watches of its connection; 3.8 says yes where anybody watches the path (reference §3.8)',
    matches: (difference) =>
      difference.request?.op === 'checkWatches' &&
      difference.what === 'error' &&
      difference.zookeeper === 'OK' &&
      difference.vivarium === 'NOWATCHER',
    restOfReply: true,
  },
  {
    name: 'removal of persistent watches by type',
    reason: 'types 4 and 5 exist since 3.9.0 (reference §3.8)',
    matches: (difference) =>
      isWatchQuestion(difference) &&
      difference.what === 'error' &&
      difference.zookeeper === 'MARSHALLINGERROR' &&
      [4, 5].includes(Number(difference.request?.fields.type)) &&
      isMixed(path(difference)),
    restOfReply: true,
  },
  {
    name: 'operations that are not for clients',
    reason:
      'ZooKeeper 3.8 does createSession and deleteContainer for anybody and loses check; refused here, as check is since 3.9.3 (reference §3.1, §3.9)',
    matches: (difference) =>
      asksFor(difference, REFUSED) &&
      ['answer', 'error', 'arrival'].includes(difference.what) &&
      /UNIMPLEMENTED|closed/.test(difference.vivarium),
    restOfReply: true,
    reconnects: true,
  },
  {
    name: 'the connection that ZooKeeper keeps then',
    reason:
      'what was refused closes the connection, as any opcode that there is not (reference §3.1)',
    matches: (difference) =>
      asksFor(difference, REFUSED) &&
      difference.what === 'arrival' &&
      difference.zookeeper.startsWith('at rest') &&
      difference.vivarium === NOTHING,
  },
  {
    name: 'zxids of what was refused',
    reason: 'a request that is refused before the leader uses none (reference §3.2)',
    matches: (difference) => asksFor(difference, REFUSED) && difference.what === 'zxid',
    usesZxid: true,
  },
  {
    name: 'requests behind closeSession',
    reason:
      'whether they are answered with SESSIONEXPIRED before the socket closes depends on the moment; they must not succeed (reference §1.7, §16 71)',
    matches: ({ step, request, what, zookeeper, vivarium }) =>
      what === 'arrival' &&
      request !== undefined &&
      isBehindClose(step, request) &&
      /error=SESSIONEXPIRED/.test(zookeeper) &&
      vivarium === NOTHING,
  },
  {
    name: 'zxids of requests behind closeSession',
    reason: 'a request that comes too late may use one, or none (reference §1.7)',
    matches: ({ step, what }) =>
      what === 'zxid' &&
      step.do === 'send' &&
      step.requests.some((request) => isBehindClose(step, request)),
    usesZxid: true,
  },
  {
    name: 'sync of no path',
    reason: 'ZooKeeper echoes the null string, which we never send (reference §2)',
    matches: ({ what, request, zookeeper, vivarium }) =>
      request?.op === 'sync' &&
      what === 'error' &&
      zookeeper === 'OK' &&
      vivarium === 'MARSHALLINGERROR',
    restOfReply: true,
  },
  {
    name: 'surrogates in an echo',
    reason: 'Java writes each of the two as three bytes, which is no UTF-8 (reference §2)',
    matches: ({ what, request }) =>
      what === 'path' &&
      request?.op === 'sync' &&
      /[\ud800-\udfff]/.test(String(request.fields.path)),
  },
  {
    name: 'a write that cannot be read uses no zxid',
    reason: '3.8 takes a zxid before it decodes, and we reject before the leader (reference §3.2)',
    matches: ({ what, error, request }) =>
      what === 'zxid' &&
      error === 'MARSHALLINGERROR' &&
      request !== undefined &&
      WRITES.has(request.op),
    usesZxid: true,
  },
];

/** Judges differences by the table and counts how often each entry explained one. */
export class KnownDifferences {
  readonly counts = new Map<string, number>();
  readonly table: readonly KnownDifference[];

  constructor(table: readonly KnownDifference[] = KNOWN_DIFFERENCES) {
    this.table = table;
  }

  judge(difference: Difference): Verdict {
    const entry = this.table.find(({ matches }) => matches(difference));
    if (entry === undefined) return { known: false };
    this.counts.set(entry.name, (this.counts.get(entry.name) ?? 0) + 1);
    const { restOfReply = false, reconnects = false, usesZxid = false } = entry;
    return { known: true, restOfReply, reconnects, usesZxid };
  }

  /** Entries that explained nothing. */
  get unused(): readonly KnownDifference[] {
    return this.table.filter(({ name }) => !this.counts.has(name));
  }
}
