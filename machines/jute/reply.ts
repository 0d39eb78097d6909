import { invariant, unreachable } from '../invariant.ts';
import type { Acl } from '../znode/acl.ts';
import { NodeKind, type Znode } from '../znode/znode.ts';
import { ErrorCode } from './error-code.ts';
import { Opcode } from './opcode.ts';
import type { Outbox } from './outbox.ts';

/** Header xid of a watch event, and zxid where none stands behind a frame (reference §1.5). */
const NOTIFICATION_XID = -1;
/** The only state that a server sends (reference §7.1). */
const SYNC_CONNECTED = 3;
const NO_PASSWORD = Buffer.alloc(16);
/** Of a ReplyHeader, and of a Stat. */
const HEADER_BYTES = 16;
const STAT_BYTES = 68;

/** What the reply to a multi or a multiRead says of one of its operations (reference §3.5, §3.6). */
export type MultiReplyPart =
  | { readonly type: 'create'; readonly path: string }
  | { readonly type: 'create2'; readonly path: string; readonly node: Znode }
  | { readonly type: 'delete' }
  | { readonly type: 'setData'; readonly node: Znode }
  | { readonly type: 'check' }
  | { readonly type: 'getData'; readonly node: Znode }
  | { readonly type: 'getChildren'; readonly names: readonly string[] }
  | { readonly type: 'error'; readonly code: ErrorCode };

export interface ConnectResponse {
  /** The negotiated session timeout. */
  readonly timeoutMs: number;
  readonly sessionId: number;
  /** 16 bytes. */
  readonly password: Uint8Array;
  /** `undefined` where the request carried no such byte: then the response carries none (reference §1.2). */
  readonly readOnly: boolean | undefined;
}

/** First frame to a client. */
export function connectResponse(out: Outbox, response: ConnectResponse): void {
  invariant(response.password.length === NO_PASSWORD.length, 'a session password has 16 bytes');
  out.beginFrame();
  out.int(0);
  out.int(response.timeoutMs);
  out.long(response.sessionId);
  out.buffer(response.password);
  if (response.readOnly !== undefined) out.boolean(response.readOnly);
  out.endFrame();
}

/**
 * First and last frame to a client whose session is unknown, expired, or not proven by its password. Clients tell
 * it by the timeout, by the session id, or by the password: all are zero (reference §1.9).
 */
export function invalidSessionResponse(out: Outbox, readOnly: boolean | undefined): void {
  connectResponse(out, {
    timeoutMs: 0,
    sessionId: 0,
    password: NO_PASSWORD,
    readOnly: readOnly === undefined ? undefined : false,
  });
}

/** A whole frame without body: success or any error. `zxid` may be 0 or -1 (reference §1.5). */
export function replyHeader(out: Outbox, xid: number, zxid: number, code: ErrorCode): void {
  begin(out, xid, zxid, code);
  out.endFrame();
}

/** An error has no body. */
export function replyError(out: Outbox, xid: number, zxid: number, code: ErrorCode): void {
  replyHeader(out, xid, zxid, code);
}

/** Success without a body: delete, ping, auth, setWatches, removeWatches, checkWatches, closeSession. */
export function replyEmpty(out: Outbox, xid: number, zxid: number): void {
  replyHeader(out, xid, zxid, ErrorCode.ok);
}

/** sasl: no token, which tells the client that SASL is over (reference §8.5). */
export function replyNoToken(out: Outbox, xid: number, zxid: number): void {
  begin(out, xid, zxid, ErrorCode.ok);
  out.buffer(null);
  out.endFrame();
}

/** create, sync. */
export function replyPath(out: Outbox, xid: number, zxid: number, path: string): void {
  begin(out, xid, zxid, ErrorCode.ok);
  out.ustring(path);
  out.endFrame();
}

/** exists, setData, setACL. */
export function replyStat(out: Outbox, xid: number, zxid: number, node: Znode): void {
  begin(out, xid, zxid, ErrorCode.ok);
  encodeStat(out, node);
  out.endFrame();
}

/** create2. */
export function replyPathStat(
  out: Outbox,
  xid: number,
  zxid: number,
  path: string,
  node: Znode,
): void {
  begin(out, xid, zxid, ErrorCode.ok);
  out.ustring(path);
  encodeStat(out, node);
  out.endFrame();
}

/** getData. */
export function replyData(out: Outbox, xid: number, zxid: number, node: Znode): void {
  begin(out, xid, zxid, ErrorCode.ok);
  out.buffer(node.data);
  encodeStat(out, node);
  out.endFrame();
}

/** getACL. `acl` is what the client may see of it, which need not be the node's. */
export function replyAcl(
  out: Outbox,
  xid: number,
  zxid: number,
  acl: readonly Acl[],
  node: Znode,
): void {
  begin(out, xid, zxid, ErrorCode.ok);
  out.int(acl.length);
  for (const entry of acl) {
    out.int(entry.perms);
    out.ustring(entry.scheme);
    out.ustring(entry.id);
  }
  encodeStat(out, node);
  out.endFrame();
}

/** getChildren, getEphemerals. `count` is how many names there are. */
export function replyChildren(
  out: Outbox,
  xid: number,
  zxid: number,
  names: Iterable<string>,
  count: number,
): void {
  begin(out, xid, zxid, ErrorCode.ok);
  encodeNames(out, names, count);
  out.endFrame();
}

/** getChildren2. */
export function replyChildrenStat(
  out: Outbox,
  xid: number,
  zxid: number,
  names: Iterable<string>,
  count: number,
  node: Znode,
): void {
  begin(out, xid, zxid, ErrorCode.ok);
  encodeNames(out, names, count);
  encodeStat(out, node);
  out.endFrame();
}

/** addWatch, whose body is an error code of its own, and getAllChildrenNumber. */
export function replyInt(out: Outbox, xid: number, zxid: number, value: number): void {
  begin(out, xid, zxid, ErrorCode.ok);
  out.int(value);
  out.endFrame();
}

/** One identity of whoAmI. */
export interface ClientInfo {
  readonly scheme: string;
  readonly user: string;
}

/** whoAmI. */
export function replyClientInfos(
  out: Outbox,
  xid: number,
  zxid: number,
  infos: readonly ClientInfo[],
): void {
  begin(out, xid, zxid, ErrorCode.ok);
  out.int(infos.length);
  for (const { scheme, user } of infos) {
    out.ustring(scheme);
    out.ustring(user);
  }
  out.endFrame();
}

/** The header says success even where the multi failed: its parts tell (reference §3.5). */
export function replyMulti(
  out: Outbox,
  xid: number,
  zxid: number,
  parts: readonly MultiReplyPart[],
): void {
  begin(out, xid, zxid, ErrorCode.ok);
  for (const part of parts) encodeMultiPart(out, part);
  multiHeader(out, Opcode.error, true, -1);
  out.endFrame();
}

/** `type` is a value of reference §7.1; `zxid` is that of the txn behind it, -1 where setWatches found it missed. */
export function watcherEvent(out: Outbox, zxid: number, type: number, path: string): void {
  begin(out, NOTIFICATION_XID, zxid, ErrorCode.ok);
  out.int(type);
  out.int(SYNC_CONNECTED);
  out.ustring(path);
  out.endFrame();
}

/** Derives what a client sees otherwise than it is stored (reference §5.2, §5.3). */
export function encodeStat(out: Outbox, node: Znode): void {
  const at = out.room(STAT_BYTES);
  out.longAt(at, node.czxid);
  out.longAt(at + 8, node.mzxid);
  out.longAt(at + 16, node.ctimeMs);
  out.longAt(at + 24, node.mtimeMs);
  out.intAt(at + 32, node.version);
  out.intAt(at + 36, 2 * node.childCreates - node.childCount);
  out.intAt(at + 40, node.aversion);
  out.longAt(at + 44, node.kind === NodeKind.ephemeral ? node.ephemeralOwner : 0);
  out.intAt(at + 52, node.data === null ? 0 : node.data.length);
  out.intAt(at + 56, node.childCount);
  out.longAt(at + 60, node.pzxid);
}

function begin(out: Outbox, xid: number, zxid: number, code: ErrorCode): void {
  out.beginFrame();
  const at = out.room(HEADER_BYTES);
  out.intAt(at, xid);
  out.longAt(at + 4, zxid);
  out.intAt(at + 12, code);
}

function encodeNames(out: Outbox, names: Iterable<string>, count: number): void {
  out.int(count);
  let written = 0;
  for (const name of names) {
    out.ustring(name);
    written += 1;
  }
  invariant(written === count, () => `${written} children where the reply says ${count}`);
}

function encodeMultiPart(out: Outbox, part: MultiReplyPart): void {
  switch (part.type) {
    case 'create':
      multiHeader(out, Opcode.create, false, ErrorCode.ok);
      out.ustring(part.path);
      return;
    case 'create2':
      multiHeader(out, Opcode.create2, false, ErrorCode.ok);
      out.ustring(part.path);
      encodeStat(out, part.node);
      return;
    case 'delete':
      multiHeader(out, Opcode.delete, false, ErrorCode.ok);
      return;
    case 'setData':
      multiHeader(out, Opcode.setData, false, ErrorCode.ok);
      encodeStat(out, part.node);
      return;
    case 'check':
      multiHeader(out, Opcode.check, false, ErrorCode.ok);
      return;
    case 'getData':
      multiHeader(out, Opcode.getData, false, ErrorCode.ok);
      out.buffer(part.node.data);
      encodeStat(out, part.node);
      return;
    case 'getChildren':
      multiHeader(out, Opcode.getChildren, false, ErrorCode.ok);
      encodeNames(out, part.names, part.names.length);
      return;
    case 'error':
      multiHeader(out, Opcode.error, false, part.code);
      out.int(part.code);
      return;
    default:
      unreachable(part);
  }
}

function multiHeader(out: Outbox, type: number, done: boolean, code: number): void {
  out.int(type);
  out.boolean(done);
  out.int(code);
}
