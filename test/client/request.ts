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

export function authBody(scheme: string, auth: string): Buffer {
  return new JuteWriter().int(0).string(scheme).buffer(Buffer.from(auth)).bytes();
}

export function setWatchesBody(
  relativeZxid: number,
  paths: { data?: readonly string[]; exist?: readonly string[]; child?: readonly string[] },
): Buffer {
  return new JuteWriter()
    .long(relativeZxid)
    .strings(paths.data ?? [])
    .strings(paths.exist ?? [])
    .strings(paths.child ?? [])
    .bytes();
}

/** One part of a multi: its operation code and the body that the same request has alone. */
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
