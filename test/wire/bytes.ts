import { Outbox } from '../../machines/jute/outbox.ts';
import type { Acl } from '../../machines/znode/acl.ts';
import { OPEN_ACL } from '../../machines/znode/acl.ts';
import { NodeKind, type Znode } from '../../machines/znode/znode.ts';

/** Bytes from hexadecimal text; blanks and bars are there for the reader, `00*16` stands for sixteen zero bytes. */
export function bytesOf(text: string): Buffer {
  const plain = text
    .replace(/([0-9a-f]{2})\*(\d+)/g, (_, byte: string, times: string) =>
      byte.repeat(Number(times)),
    )
    .replace(/[^0-9a-f]/g, '');
  return Buffer.from(plain, 'hex');
}

/** What `build` writes, as a buffer. */
export function written(build: (out: Outbox) => void): Buffer {
  const out = new Outbox();
  build(out);
  return out.take();
}

/** `payload` behind its length. */
export function frameOf(payload: Uint8Array): Buffer {
  return written((out) => out.buffer(payload));
}

/** A whole request frame. */
export function requestFrame(xid: number, opcode: number, body: (out: Outbox) => void): Buffer {
  return frameOf(
    written((out) => {
      out.int(xid);
      out.int(opcode);
      body(out);
    }),
  );
}

/** A string that may be null, as a client may send it. */
export function putString(out: Outbox, value: string | null): void {
  if (value === null) out.int(-1);
  else out.ustring(value);
}

export function putAcl(out: Outbox, acl: readonly Acl[] | null): void {
  if (acl === null) {
    out.int(-1);
    return;
  }
  out.int(acl.length);
  for (const entry of acl) {
    out.int(entry.perms);
    out.ustring(entry.scheme);
    out.ustring(entry.id);
  }
}

/** A node with nothing special but what is given. */
export function nodeWith(changes: Partial<Znode> = {}): Znode {
  return {
    data: Buffer.alloc(0),
    acl: OPEN_ACL,
    czxid: 0,
    mzxid: 0,
    pzxid: 0,
    ctimeMs: 0,
    mtimeMs: 0,
    version: 0,
    childCreates: 0,
    aversion: 0,
    childCount: 0,
    kind: NodeKind.persistent,
    ephemeralOwner: 0,
    ttlMs: 0,
    ...changes,
  };
}
