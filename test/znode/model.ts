import { ErrorCode } from '../../machines/jute/error-code.ts';
import type {
  CreateOperation,
  MultiOperation,
  WriteOperation,
} from '../../machines/jute/request.ts';
import type { Acl } from '../../machines/znode/acl.ts';

/** A node as clients see it. */
export interface ModelNode {
  data: string | null;
  acl: readonly Acl[];
  czxid: number;
  mzxid: number;
  pzxid: number;
  ctimeMs: number;
  mtimeMs: number;
  version: number;
  /** As clients see it: counts creates and deletes of children. */
  cversion: number;
  /** Creates of children alone, from which sequence numbers come. */
  creates: number;
  aversion: number;
  owner: number;
  /** Goes by itself once it has had children and has none. */
  isContainer: boolean;
  /** Goes by itself once it has not been written for that long; 0: does not. */
  ttlMs: number;
}

export interface ModelRequest {
  readonly operation: WriteOperation;
  readonly sessionId: number;
  /** Whether the client has authenticated as the one user there is. */
  readonly isUser: boolean;
}

/** `undefined` codes: success. `path` of creates. */
export interface ModelOutcome {
  readonly codes: ErrorCode[] | undefined;
  readonly paths: string[];
}

class Refused extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(`refused with ${code}`);
    this.code = code;
  }
}

const SPECIAL = ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'];

/**
 * What the tree should do, in the plainest way: one map, every operation carried out at once on a copy that
 * is thrown away if it fails. Knows the rules from the reference, and shares no code with the machine.
 */
export class Model {
  nodes = new Map<string, ModelNode>();
  sessions = new Set<number>();

  constructor() {
    for (const path of SPECIAL) {
      this.nodes.set(path, {
        data: '',
        acl: [{ perms: path.endsWith('config') ? 1 : 31, scheme: 'world', id: 'anyone' }],
        czxid: 0,
        mzxid: 0,
        pzxid: 0,
        ctimeMs: 0,
        mtimeMs: 0,
        version: 0,
        cversion: path === '/' ? -1 : path === '/zookeeper' ? -2 : 0,
        creates: 0,
        aversion: path.endsWith('config') ? -1 : 0,
        owner: 0,
        isContainer: false,
        ttlMs: 0,
      });
    }
  }

  clone(): Model {
    const copy = new Model();
    copy.nodes = new Map([...this.nodes].map(([path, node]) => [path, { ...node }]));
    copy.sessions = new Set(this.sessions);
    return copy;
  }

  childrenOf(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...this.nodes.keys()]
      .filter((other) => other !== '/' && other.startsWith(prefix))
      .map((other) => other.slice(prefix.length))
      .filter((name) => !name.includes('/'));
  }

  run(request: ModelRequest, zxid: number, timeMs: number): ModelOutcome {
    const { operation, sessionId } = request;
    if (operation.op === 'createSession') {
      this.sessions.add(zxid);
      return { codes: undefined, paths: [] };
    }
    if (operation.op === 'closeSession') {
      if (this.sessions.delete(sessionId)) {
        for (const [path, node] of [...this.nodes]) {
          if (node.owner === sessionId) this.#drop(path, zxid);
        }
      }
      return { codes: undefined, paths: [] };
    }
    if (operation.op === 'reconfig') return { codes: [ErrorCode.reconfigDisabled], paths: [] };
    const parts = operation.op === 'multi' ? operation.parts : [operation];
    const before = this.clone();
    const paths: string[] = [];
    for (const [at, part] of parts.entries()) {
      try {
        const path = this.#one(part, request, zxid, timeMs);
        if (path !== undefined) paths.push(path);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.nodes = before.nodes;
        const codes = parts.map((_, index) => (index < at ? 0 : index === at ? error.code : -2));
        return { codes, paths: [] };
      }
    }
    return { codes: undefined, paths };
  }

  /** Whether the leader may delete the node by itself (reference §9.8). */
  mayReap(path: string, timeMs: number, neverUsedMs: number): boolean {
    const node = this.nodes.get(path);
    if (node === undefined || this.childrenOf(path).length > 0) return false;
    const silentMs = timeMs - node.mtimeMs;
    if (node.ttlMs > 0) return silentMs > node.ttlMs;
    return node.isContainer && (node.creates > 0 || (neverUsedMs > 0 && silentMs > neverUsedMs));
  }

  reap(path: string, zxid: number): ModelOutcome {
    this.#drop(path, zxid);
    return { codes: undefined, paths: [] };
  }

  #one(
    part: MultiOperation | Extract<WriteOperation, { op: 'setAcl' }>,
    request: ModelRequest,
    zxid: number,
    timeMs: number,
  ): string | undefined {
    if (part.op === 'create') return this.#create(part, request, zxid, timeMs);
    this.#demand(this.sessions.has(request.sessionId), ErrorCode.sessionExpired);
    switch (part.op) {
      case 'delete': {
        this.#demand(!SPECIAL.includes(part.path), ErrorCode.badArguments);
        const parent = this.#existing(parentPath(part.path));
        this.#may(parent, 8, request);
        const node = this.#existing(part.path);
        this.#demand(part.version === -1 || part.version === node.version, ErrorCode.badVersion);
        this.#demand(this.childrenOf(part.path).length === 0, ErrorCode.notEmpty);
        this.#drop(part.path, zxid);
        return undefined;
      }
      case 'setData': {
        const node = this.#existing(part.path);
        this.#may(node, 2, request);
        this.#demand(part.version === -1 || part.version === node.version, ErrorCode.badVersion);
        this.#charge(part.path, 0, bytesOf(plainData(part.data)) - bytesOf(node.data));
        node.data = plainData(part.data);
        node.version++;
        node.mzxid = zxid;
        node.mtimeMs = timeMs;
        return undefined;
      }
      case 'setAcl': {
        const acl = this.#acl(part.acl, request);
        const node = this.#existing(part.path);
        this.#may(node, 16, request);
        this.#demand(part.version === -1 || part.version === node.aversion, ErrorCode.badVersion);
        node.acl = acl;
        node.aversion++;
        return undefined;
      }
      case 'check': {
        const node = this.#existing(part.path);
        this.#may(node, 1, request);
        this.#demand(part.version === -1 || part.version === node.version, ErrorCode.badVersion);
        return undefined;
      }
    }
  }

  #create(part: CreateOperation, request: ModelRequest, zxid: number, timeMs: number): string {
    const { flags, opcode, ttlMs } = part;
    this.#demand(flags >= 0 && flags <= 6, ErrorCode.badArguments);
    this.#demand(opcode === 21 ? flags >= 5 : flags <= 4, ErrorCode.badArguments);
    this.#demand(opcode !== 21 || (ttlMs > 0 && ttlMs < 2 ** 40), ErrorCode.badArguments);
    this.#demand(this.sessions.has(request.sessionId), ErrorCode.sessionExpired);
    const acl = this.#acl(part.acl, request);
    const parent = this.#existing(parentPath(part.path));
    this.#may(parent, 4, request);
    let { path } = part;
    if (flags === 2 || flags === 3 || flags === 6) path += `000000000${parent.creates}`.slice(-10);
    this.#demand(!path.endsWith('/'), ErrorCode.badArguments);
    this.#demand(!this.nodes.has(path), ErrorCode.nodeExists);
    this.#demand(parent.owner === 0, ErrorCode.noChildrenForEphemerals);
    parent.creates++;
    parent.cversion++;
    parent.pzxid = zxid;
    this.nodes.set(path, {
      data: plainData(part.data),
      acl,
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctimeMs: timeMs,
      mtimeMs: timeMs,
      version: 0,
      cversion: 0,
      creates: 0,
      aversion: 0,
      owner: opcode !== 19 && (flags === 1 || flags === 3) ? request.sessionId : 0,
      isContainer: opcode === 19 || flags === 4,
      ttlMs: opcode === 21 ? ttlMs : 0,
    });
    this.#count(path);
    this.#charge(path, 1, bytesOf(plainData(part.data)));
    return path;
  }

  #drop(path: string, zxid: number): void {
    const { data } = this.#existing(path);
    this.nodes.delete(path);
    this.#charge(path, -1, -bytesOf(data));
    const parent = this.#existing(parentPath(path));
    parent.cversion++;
    parent.pzxid = zxid;
  }

  /** A quota node has come: what is below the path that it speaks of is counted (reference §6.4). */
  #count(created: string): void {
    const match = /^\/zookeeper\/quota(\/.+)\/zookeeper_(limits|stats)$/.exec(created);
    const top = match?.[1];
    if (top === undefined) return;
    const below = [...this.nodes].filter(([path]) => path === top || path.startsWith(`${top}/`));
    const bytes = below.reduce((sum, [, { data }]) => sum + bytesOf(data), 0);
    this.#tell(top, () => [below.length, bytes]);
  }

  /** The deepest path that has limits pays. */
  #charge(path: string, count: number, bytes: number): void {
    if (count === 0 && bytes === 0) return;
    let top = path;
    while (top !== '' && !this.nodes.has(`/zookeeper/quota${top}/zookeeper_limits`)) {
      top = top.slice(0, top.lastIndexOf('/'));
    }
    if (top !== '') this.#tell(top, (used) => [used[0] + count, used[1] + bytes]);
  }

  #tell(top: string, change: (used: [number, number]) => [number, number]): void {
    const stats = this.nodes.get(`/zookeeper/quota${top}/zookeeper_stats`);
    if (stats === undefined) return;
    const text = Buffer.from(stats.data ?? '', 'hex').toString();
    const figure = (name: string) => Number(new RegExp(`${name}=(-?\\d+)`).exec(text)?.[1] ?? 0);
    const [count, bytes] = change([figure('count'), figure('bytes')]);
    stats.data = Buffer.from(`count=${count},bytes=${bytes}`).toString('hex');
  }

  #existing(path: string): ModelNode {
    const node = this.nodes.get(path);
    if (node === undefined) throw new Refused(ErrorCode.noNode);
    return node;
  }

  #may(node: ModelNode, perm: number, request: ModelRequest): void {
    const allowed = node.acl.some(
      ({ perms, scheme }) => (perms & perm) !== 0 && (scheme === 'world' || request.isUser),
    );
    this.#demand(allowed, ErrorCode.noAuth);
  }

  #acl(acl: readonly Acl[] | null, request: ModelRequest): readonly Acl[] {
    if (acl === null || acl.length === 0) throw new Refused(ErrorCode.invalidAcl);
    return acl.map((entry) => {
      if (entry.scheme !== 'auth') return entry;
      this.#demand(request.isUser, ErrorCode.invalidAcl);
      return { perms: entry.perms, scheme: 'digest', id: 'user:hash' };
    });
  }

  #demand(condition: boolean, code: ErrorCode): asserts condition {
    if (!condition) throw new Refused(code);
  }
}

export function plainData(data: Uint8Array | null): string | null {
  return data === null ? null : Buffer.from(data).toString('hex');
}

function bytesOf(hex: string | null): number {
  return (hex ?? '').length / 2;
}

function parentPath(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
