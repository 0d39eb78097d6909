import type { Difference, Verdict } from './comparison.ts';
import { isSealed } from './place.ts';
import { partsOf, type Request } from './request.ts';
import type { Step } from './step.ts';

/**
 * Something that Debian's ZooKeeper 3.8.0 does otherwise than 3.9 does, or than we mean to. Debian mends what is a
 * danger: that events go only to those who may read is in its package (reference §7.2).
 */
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
/** The body begins with a string of length -1. */
const hasNullPath = ({ fields, body }: Request): boolean =>
  body === undefined ? fields.path === null : body.startsWith('ffffffff');
const isEmptyMulti = (request: Request): boolean =>
  request.op === 'multi' && request.body === undefined && partsOf(request).length === 0;
/** There are no such flags, or none without a TTL. */
const hasUnreadableFlags = (request: Request): boolean =>
  ['create', 'create2', 'createContainer'].includes(request.op) &&
  ![0, 1, 2, 3, 4].includes(Number(request.fields.flags));
const isMixed = (where: string): boolean => /\/mixed(\/|$)/.test(where);
const isWatchQuestion = ({ request }: Difference): boolean =>
  request?.op === 'removeWatches' || request?.op === 'checkWatches';

const watches = ({ request }: Difference): boolean => request?.fields.watch === true;
const isUncheckedExists = (difference: Difference): boolean =>
  difference.request?.op === 'exists' &&
  difference.what === 'error' &&
  difference.zookeeper === 'OK' &&
  difference.vivarium === 'NOAUTH' &&
  isSealed(path(difference));

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: 'zxid of events',
    reason: 'an event says the zxid of its txn since 3.9.0, -1 before (reference §7.1)',
    matches: ({ what, zookeeper }) => what === 'event zxid' && zookeeper === '0x-1',
  },
  {
    name: 'exists asks for READ',
    reason: 'an ACL check since 3.9.2 and 3.8.4, none before (reference §3.3)',
    matches: (difference) => isUncheckedExists(difference) && !watches(difference),
    restOfReply: true,
  },
  {
    name: 'the watch that exists sets without READ',
    reason: 'where exists is refused it sets no watch: both lose the connection (reference §3.3)',
    matches: (difference) => isUncheckedExists(difference) && watches(difference),
    restOfReply: true,
    reconnects: true,
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
    usesZxid: true,
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
    name: 'requests behind closeSession',
    reason:
      'whether they are refused before the socket closes, or lost with it, depends on the moment; of an empty multi ZooKeeper asks no session, and no other may succeed (reference §1.7, §16 71)',
    matches: ({ step, request, what, zookeeper, vivarium }) =>
      what === 'arrival' &&
      request !== undefined &&
      isBehindClose(step, request) &&
      (!/error=OK/.test(zookeeper) ||
        /result 1=type -1/.test(zookeeper) ||
        isEmptyMulti(request)) &&
      vivarium === NOTHING,
    usesZxid: true,
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
    name: 'checkWatches of what others watch',
    reason:
      'until 3.9.0 any connection that watches the path is enough, or one of its own above it (reference §3.8)',
    matches: ({ what, request, zookeeper, vivarium }) =>
      request?.op === 'checkWatches' &&
      what === 'error' &&
      zookeeper === 'OK' &&
      vivarium === 'NOWATCHER',
    restOfReply: true,
  },
  {
    name: 'create2 in a multi',
    reason: 'answered as create until 3.9.0, with its Stat since (ZOOKEEPER-4026, reference §3.5)',
    matches: ({ what, request, zookeeper, vivarium }) => {
      const [, number] = /^result (\d+)$/.exec(what) ?? [];
      if (request?.op !== 'multi' || number === undefined) return false;
      const part = partsOf(request)[Number(number) - 1];
      return part?.op === 'create2' && zookeeper === 'type 1 OK' && vivarium === 'type 15 OK';
    },
    restOfReply: true,
  },
  {
    name: 'create flags that cannot be read, in a multi',
    reason:
      'the create is told until 3.9.0, if its turn comes; since then none of it is read (reference §3.4)',
    matches: ({ what, request, zookeeper, vivarium }) =>
      request?.op === 'multi' &&
      what === 'error' &&
      zookeeper === 'OK' &&
      vivarium === 'MARSHALLINGERROR' &&
      partsOf(request).some(hasUnreadableFlags),
    restOfReply: true,
    usesZxid: true,
  },
  {
    name: 'a null path',
    reason:
      'some operations of ZooKeeper call it BADARGUMENTS, others -5 or take it for a path that is not there; here it is -5 (reference §2)',
    matches: ({ what, request, zookeeper, vivarium }) =>
      what === 'error' &&
      request !== undefined &&
      hasNullPath(request) &&
      ['BADARGUMENTS', 'OK', 'NOWATCHER'].includes(zookeeper) &&
      vivarium === 'MARSHALLINGERROR',
    restOfReply: true,
    usesZxid: true,
  },
  {
    name: 'zxids of a null path',
    reason: 'a write that cannot be read is rejected before the leader (reference §3.2)',
    matches: ({ what, step }) =>
      what === 'zxid' && step.do === 'send' && step.requests.some(hasNullPath),
    usesZxid: true,
  },
  {
    name: 'all children of the root under its second name',
    reason: 'ZooKeeper counts the root itself then; here both names are one (reference §3.8, §6.3)',
    matches: ({ what, request, zookeeper, vivarium }) =>
      what === 'int' &&
      request?.op === 'getAllChildrenNumber' &&
      request.fields.path === '' &&
      Number(zookeeper) === Number(vivarium) + 1,
  },
  {
    name: 'the rest of a multiRead that failed',
    reason:
      'ZooKeeper sends the terminator behind the error; an error has no body (reference §1.5)',
    matches: ({ what, request, error, vivarium }) =>
      what === 'terminator' &&
      request?.op === 'multiRead' &&
      error === 'MARSHALLINGERROR' &&
      vivarium === NOTHING,
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
