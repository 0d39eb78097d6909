import { Opcode } from '../../../machines/jute/opcode.ts';
import type { Request } from './client.ts';

const ALL_PERMISSIONS = 31;
const EPHEMERAL = 1;
const ANY_VERSION = -1;

type AclEntry = readonly [permissions: number, scheme: string, id: string];
const OPEN: AclEntry = [ALL_PERMISSIONS, 'world', 'anyone'];

export function create(path: string, data = '', flags = 0, acl: AclEntry = OPEN): Request {
  return {
    opcode: Opcode.create,
    body: (out) => {
      out.ustring(path);
      out.buffer(Buffer.from(data));
      const [permissions, scheme, id] = acl;
      out.int(1);
      out.int(permissions);
      out.ustring(scheme);
      out.ustring(id);
      out.int(flags);
    },
  };
}

export function createEphemeral(path: string): Request {
  return create(path, '', EPHEMERAL);
}

export function setData(path: string, data: string, version = ANY_VERSION): Request {
  return {
    opcode: Opcode.setData,
    body: (out) => {
      out.ustring(path);
      out.buffer(Buffer.from(data));
      out.int(version);
    },
  };
}

export function getData(path: string, watch = false): Request {
  return {
    opcode: Opcode.getData,
    body: (out) => {
      out.ustring(path);
      out.boolean(watch);
    },
  };
}

export function exists(path: string, watch = false): Request {
  return { ...getData(path, watch), opcode: Opcode.exists };
}

/** Of creates. */
export function multi(...parts: readonly Request[]): Request {
  return {
    opcode: Opcode.multi,
    body: (out) => {
      for (const { opcode, body } of parts) {
        out.int(opcode);
        out.boolean(false);
        out.int(-1);
        body?.(out);
      }
      out.int(-1);
      out.boolean(true);
      out.int(-1);
    },
  };
}

export function sync(path = '/'): Request {
  return { opcode: Opcode.sync, body: (out) => out.ustring(path) };
}

/** Data watches that a client had when it had seen everything up to `zxid`. */
export function setWatches(zxid: number, data: readonly string[]): Request {
  return {
    opcode: Opcode.setWatches,
    body: (out) => {
      out.long(zxid);
      out.int(data.length);
      for (const path of data) out.ustring(path);
      out.int(0);
      out.int(0);
    },
  };
}

export function auth(scheme: string, credentials: string): Request {
  return {
    opcode: Opcode.auth,
    xid: -4,
    body: (out) => {
      out.int(0);
      out.ustring(scheme);
      out.buffer(Buffer.from(credentials));
    },
  };
}

export const ping: Request = { opcode: Opcode.ping, xid: -2 };
export const closeSession: Request = { opcode: Opcode.closeSession };

/** The data in the reply to getData. */
export function dataOf(body: Buffer): string {
  return body.subarray(4, 4 + body.readInt32BE(0)).toString();
}
