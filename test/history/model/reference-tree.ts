import type {
  ClientResult,
  MultiPart,
  MultiPartResult,
  SingleWrite,
  WriteRequest,
} from '../request.ts';
import { grantedAcl, type Identities, PERM, permits } from './access.ts';
import type { Change } from './change.ts';
import { CODE } from './code.ts';
import { Draft } from './draft.ts';
import { beganLocal } from './local-session.ts';
import { FRESH_NODES, type ModelNode, statOf } from './node.ts';
import { CONFIG_NODE, hasParent, isPath, isSpecial, parentOf } from './path.ts';
import { Versions } from './versions.ts';

/** On whose behalf something is written. */
export interface Asker {
  readonly session: number;
  readonly identities: Identities;
}

/** What becomes of a write, and what its client has to be told. */
export interface Outcome {
  /** Of the reply's header: 0 for a multi also where it failed (reference §3.5). */
  readonly code: number;
  /** Why nothing came of it: the code, of a multi that of the failing part; 0 where it was done. */
  readonly refusal: number;
  readonly result: ClientResult;
  readonly changes: readonly Change[];
}

export interface ModelSession {
  readonly timeoutMs: number;
  readonly openedZxid: number;
  closedZxid: number | undefined;
  /** Its ephemerals. */
  readonly owns: Set<string>;
}

class Refused extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`refused with ${code}`);
    this.code = code;
  }
}

const REFUSALS = new Map<number, Refused>();

type SetAcl = Extract<WriteRequest, { op: 'setAcl' }>;

const ANY_VERSION = -1;

export function nothingDone(refusal: number): Outcome {
  return { code: refusal, refusal, result: {}, changes: [] };
}

/**
 * What the tree has to be: fed with the committed writes one by one, it carries each out at once in the plainest way,
 * and remembers every state, so that whatever a client was told can be looked up at the zxid of its reply.
 */
export class ReferenceTree {
  readonly versions = new Versions();
  readonly sessions = new Map<number, ModelSession>();

  constructor() {
    for (const [path, node] of FRESH_NODES) this.versions.put(path, node, 0);
  }

  openSession(session: number, timeoutMs: number, zxid: number): Outcome {
    this.sessions.set(session, {
      timeoutMs,
      openedZxid: zxid,
      closedZxid: undefined,
      owns: new Set(),
    });
    return nothingDone(CODE.ok);
  }

  /** Of a session that never became global only its member knows whether it is over: it takes no writes of it then. */
  isAlive(session: number): boolean {
    const known = this.sessions.get(session);
    return known === undefined ? beganLocal(session) : known.closedZxid === undefined;
  }

  /** @param order in which its ephemerals go; those that are not named go last */
  closeSession(session: number, zxid: number, order: readonly string[]): Outcome {
    const known = this.sessions.get(session);
    if (known === undefined || known.closedZxid !== undefined) return nothingDone(CODE.ok);
    const draft = new Draft(this.versions, zxid);
    const first = order.filter((path) => known.owns.has(path));
    for (const path of new Set([...first, ...known.owns])) {
      const node = draft.get(path);
      if (node !== undefined) draft.delete(path, node);
    }
    this.#keep(draft);
    known.closedZxid = zxid;
    return { ...nothingDone(CODE.ok), changes: draft.changes };
  }

  /** What the leader deletes without being asked: whether it may is for a checker to say. `undefined`: it cannot. */
  reap(path: string, zxid: number): Outcome | undefined {
    const draft = new Draft(this.versions, zxid);
    const node = draft.get(path);
    if (node === undefined || node.children !== 0) return undefined;
    draft.delete(path, node);
    this.#keep(draft);
    return { ...nothingDone(CODE.ok), changes: draft.changes };
  }

  /** What the leader says of the members. No version counts it (reference §5.3). */
  setConfig(data: string, zxid: number, timeMs: number): Outcome {
    const draft = new Draft(this.versions, zxid);
    const node = existing(CONFIG_NODE, draft);
    draft.setConfig({ ...node, data, version: -1, mzxid: zxid, mtimeMs: timeMs });
    this.#keep(draft);
    return { ...nothingDone(CODE.ok), changes: draft.changes };
  }

  write(
    request: Exclude<WriteRequest, { op: 'closeSession' }>,
    asker: Asker,
    zxid: number,
    timeMs: number,
  ): Outcome {
    const draft = new Draft(this.versions, zxid);
    if (request.op === 'multi') return this.#multi(request.parts, asker, draft, timeMs);
    try {
      const result =
        request.op === 'setAcl'
          ? this.#setAcl(request, asker, draft)
          : this.#single(request, asker, draft, timeMs, false);
      this.#keep(draft);
      return { code: CODE.ok, refusal: CODE.ok, result, changes: draft.changes };
    } catch (error) {
      if (error instanceof Refused) return nothingDone(error.code);
      throw error;
    }
  }

  /** Every part sees what the parts before it did; one that fails undoes them all (reference §3.5). */
  #multi(parts: readonly MultiPart[], asker: Asker, draft: Draft, timeMs: number): Outcome {
    if (parts.length === 0 && !this.isAlive(asker.session)) {
      return nothingDone(CODE.sessionExpired);
    }
    const results: MultiPartResult[] = [];
    for (const part of parts) {
      try {
        const result =
          part.op === 'check'
            ? this.#check(part.path, part.version, asker, draft)
            : this.#single(part, asker, draft, timeMs, true);
        results.push({ code: CODE.ok, ...result });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return failedMulti(parts.length, results.length, error.code);
      }
    }
    this.#keep(draft);
    const result = { parts: results };
    return { code: CODE.ok, refusal: CODE.ok, result, changes: draft.changes };
  }

  #single(
    write: SingleWrite,
    asker: Asker,
    draft: Draft,
    timeMs: number,
    inMulti: boolean,
  ): { path?: string; stat?: ReturnType<typeof statOf> } {
    switch (write.op) {
      case 'create': {
        const { path, node } = this.#create(write, asker, draft, timeMs);
        // In a multi the flag of a container makes it another operation, whose result has a stat (reference §3.5).
        const isPlain = write.opcode === 1 && !(inMulti && write.mode === 4);
        return isPlain ? { path } : { path, stat: statOf(node) };
      }
      case 'delete':
        this.#delete(write.path, write.version, asker, draft);
        return {};
      case 'setData': {
        demand(this.isAlive(asker.session), CODE.sessionExpired);
        const node = existing(write.path, draft);
        demand(permits(node.acl, PERM.write, asker.identities), CODE.noAuth);
        demandVersion(write.version, node.version);
        const after = {
          ...node,
          data: write.data,
          version: node.version + 1,
          mzxid: draft.zxid,
          mtimeMs: timeMs,
        };
        draft.setData(write.path, after);
        return { stat: statOf(after) };
      }
    }
  }

  #create(
    create: Extract<SingleWrite, { op: 'create' }>,
    asker: Asker,
    draft: Draft,
    timeMs: number,
  ): { path: string; node: ModelNode } {
    const { mode, opcode, ttlMs } = create;
    demand(mode >= 0 && mode <= 6, CODE.badArguments);
    // Only createTTL has a TTL, and needs one (reference §3.4).
    const isTtl = opcode === 21;
    demand(isTtl === mode >= 5, CODE.badArguments);
    demand(!isTtl || (ttlMs >= 1 && ttlMs < 2 ** 40), CODE.badArguments);
    demand(this.isAlive(asker.session), CODE.sessionExpired);
    const isEphemeral = opcode !== 19 && (mode === 1 || mode === 3);
    // It had to be made global for this (reference §9.5).
    demand(!isEphemeral || this.sessions.has(asker.session), CODE.sessionExpired);
    demand(hasParent(create.path), CODE.badArguments);
    const acl = grantedAcl(create.acl, asker.identities);
    demand(acl !== undefined, CODE.invalidAcl);
    const parent = draft.get(parentOf(create.path));
    demand(parent !== undefined, CODE.noNode);
    demand(permits(parent.acl, PERM.create, asker.identities), CODE.noAuth);
    let { path } = create;
    if (mode === 2 || mode === 3 || mode === 6) path += String(parent.creates).padStart(10, '0');
    demand(isPath(path), CODE.badArguments);
    demand(draft.get(path) === undefined, CODE.nodeExists);
    demand(parent.owner === 0, CODE.noChildrenForEphemerals);
    const node: ModelNode = {
      data: create.data,
      acl,
      czxid: draft.zxid,
      mzxid: draft.zxid,
      pzxid: draft.zxid,
      ctimeMs: timeMs,
      mtimeMs: timeMs,
      version: 0,
      aversion: 0,
      creates: 0,
      children: 0,
      owner: isEphemeral ? asker.session : 0,
      isContainer: opcode === 19 || mode === 4,
      ttlMs: isTtl ? ttlMs : 0,
    };
    draft.create(path, node);
    return { path, node };
  }

  #delete(path: string, version: number, asker: Asker, draft: Draft): void {
    demand(this.isAlive(asker.session), CODE.sessionExpired);
    demand(hasParent(path) && !isSpecial(path), CODE.badArguments);
    const parent = draft.get(parentOf(path));
    demand(parent !== undefined, CODE.noNode);
    demand(permits(parent.acl, PERM.delete, asker.identities), CODE.noAuth);
    const node = draft.get(path);
    demand(node !== undefined, CODE.noNode);
    demandVersion(version, node.version);
    demand(node.children === 0, CODE.notEmpty);
    draft.delete(path, node);
  }

  #setAcl(request: SetAcl, asker: Asker, draft: Draft): ClientResult {
    const { path, version } = request;
    demand(this.isAlive(asker.session), CODE.sessionExpired);
    demand(isPath(path), CODE.badArguments);
    const acl = grantedAcl(request.acl, asker.identities);
    demand(acl !== undefined, CODE.invalidAcl);
    const node = existing(path, draft);
    demand(permits(node.acl, PERM.admin, asker.identities), CODE.noAuth);
    demandVersion(version, node.aversion);
    const after = { ...node, acl, aversion: node.aversion + 1 };
    draft.set(path, after);
    return { stat: statOf(after) };
  }

  #check(path: string, version: number, asker: Asker, draft: Draft): { path?: string } {
    demand(this.isAlive(asker.session), CODE.sessionExpired);
    const node = existing(path, draft);
    demand(permits(node.acl, PERM.read, asker.identities), CODE.noAuth);
    demandVersion(version, node.version);
    return {};
  }

  #keep(draft: Draft): void {
    draft.keep((path, before, after) => {
      if (before?.owner === after?.owner) return;
      this.sessions.get(before?.owner ?? 0)?.owns.delete(path);
      this.sessions.get(after?.owner ?? 0)?.owns.add(path);
    });
  }
}

/** Of setData and check, whose path is looked at first. */
function existing(path: string, draft: Draft): ModelNode {
  demand(isPath(path), CODE.badArguments);
  const node = draft.get(path);
  demand(node !== undefined, CODE.noNode);
  return node;
}

function demand(condition: boolean, code: number): asserts condition {
  if (!condition) throw refusalWith(code);
}

/** One for each code: a stack trace for every refused write of a life costs as much as the model itself. */
function refusalWith(code: number): Refused {
  const known = REFUSALS.get(code);
  if (known !== undefined) return known;
  const refusal = new Refused(code);
  REFUSALS.set(code, refusal);
  return refusal;
}

function demandVersion(expected: number, found: number): void {
  demand(expected === ANY_VERSION || expected === found, CODE.badVersion);
}

function failedMulti(count: number, failedAt: number, refusal: number): Outcome {
  const parts = Array.from({ length: count }, (_, at) => {
    if (at < failedAt) return { code: CODE.ok };
    return { code: at === failedAt ? refusal : CODE.runtimeInconsistency };
  });
  return { code: CODE.ok, refusal, result: { parts }, changes: [] };
}
