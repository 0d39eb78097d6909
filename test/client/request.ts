import { JuteWriter } from './jute-writer.ts';
import { type Acl, MODE, OP, OPEN_ACL } from './record.ts';

/** Request bodies, by operation. */
export function createBody(
  path: string,
  data: Uint8Array | null,
  options: { readonly mode?: number; readonly acl?: readonly Acl[] | null } = {},
): Buffer {
  return new JuteWriter()
    .string(path)
    .buffer(data)
    .acl(options.acl === undefined ? OPEN_ACL : options.acl)
    .int(options.mode ?? MODE.persistent)
    .bytes();
}

export function versionBody(path: string, version: number): Buffer {
  return new JuteWriter().string(path).int(version).bytes();
}

export function setDataBody(path: string, data: Uint8Array | null, version: number): Buffer {
  return new JuteWriter().string(path).buffer(data).int(version).bytes();
}

export function setAclBody(path: string, acl: readonly Acl[] | null, version: number): Buffer {
  return new JuteWriter().string(path).acl(acl).int(version).bytes();
}

export function readBody(path: string, watch: boolean): Buffer {
  return new JuteWriter().string(path).bool(watch).bytes();
}

export function pathBody(path: string): Buffer {
  return new JuteWriter().string(path).bytes();
}

export function authBody(scheme: string, auth: string | null): Buffer {
  const bytes = auth === null ? null : Buffer.from(auth);
  return new JuteWriter().int(0).string(scheme).buffer(bytes).bytes();
}

export function createTtlBody(
  path: string,
  data: Uint8Array | null,
  ttlMs: number | bigint,
  options: { readonly mode?: number; readonly acl?: readonly Acl[] | null } = {},
): Buffer {
  const body = createBody(path, data, { mode: MODE.ttl, ...options });
  return new JuteWriter().raw(body).long(ttlMs).bytes();
}

export interface WatchedPaths {
  readonly data?: readonly string[];
  readonly exist?: readonly string[];
  readonly child?: readonly string[];
}

export function setWatchesBody(relativeZxid: number, paths: WatchedPaths): Buffer {
  return new JuteWriter()
    .long(relativeZxid)
    .strings(paths.data ?? [])
    .strings(paths.exist ?? [])
    .strings(paths.child ?? [])
    .bytes();
}

export interface AllWatchedPaths extends WatchedPaths {
  readonly persistent?: readonly string[];
  readonly persistentRecursive?: readonly string[];
}

export function setWatches2Body(relativeZxid: number, paths: AllWatchedPaths): Buffer {
  return new JuteWriter()
    .raw(setWatchesBody(relativeZxid, paths))
    .strings(paths.persistent ?? [])
    .strings(paths.persistentRecursive ?? [])
    .bytes();
}

/** `mode` is one of WATCH_MODE. */
export function addWatchBody(path: string, mode: number): Buffer {
  return new JuteWriter().string(path).int(mode).bytes();
}

/** Of removeWatches and checkWatches; `type` is one of WATCHER_TYPE. */
export function watcherBody(path: string, type: number): Buffer {
  return new JuteWriter().string(path).int(type).bytes();
}

export function saslBody(token: Uint8Array | null): Buffer {
  return new JuteWriter().buffer(token).bytes();
}

export interface Reconfiguration {
  readonly joining?: string | null;
  readonly leaving?: string | null;
  readonly newMembers?: string | null;
  /** zxid of the configuration that is to be changed; -1 for whatever it is. */
  readonly fromConfig?: number;
}

export function reconfigBody(change: Reconfiguration): Buffer {
  return new JuteWriter()
    .string(change.joining ?? null)
    .string(change.leaving ?? null)
    .string(change.newMembers ?? null)
    .long(change.fromConfig ?? -1)
    .bytes();
}

/** One part of a multi or a multiRead: its operation code and the body that the same request has alone. */
export interface MultiPart {
  readonly opcode: number;
  readonly body: Buffer;
}

export function multiBody(parts: readonly MultiPart[]): Buffer {
  const writer = new JuteWriter();
  for (const part of parts) writer.int(part.opcode).bool(false).int(-1).raw(part.body);
  return writer.int(-1).bool(true).int(-1).bytes();
}

export const multi = {
  create: (path: string, data: string, options: { readonly mode?: number } = {}): MultiPart => ({
    opcode: OP.create,
    body: createBody(path, Buffer.from(data), options),
  }),
  set: (path: string, data: string, version = -1): MultiPart => ({
    opcode: OP.setData,
    body: setDataBody(path, Buffer.from(data), version),
  }),
  delete: (path: string, version = -1): MultiPart => ({
    opcode: OP.delete,
    body: versionBody(path, version),
  }),
  check: (path: string, version: number): MultiPart => ({
    opcode: OP.check,
    body: versionBody(path, version),
  }),
};

export const multiRead = {
  children: (path: string): MultiPart => ({
    opcode: OP.getChildren,
    body: readBody(path, false),
  }),
  get: (path: string): MultiPart => ({ opcode: OP.getData, body: readBody(path, false) }),
};
