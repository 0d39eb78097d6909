import type { JuteReader } from '../client/jute-reader.ts';
import { JuteWriter } from '../client/jute-writer.ts';
import { readMultiResults } from '../client/multi-result.ts';
import { type Acl, OP, type Stat, WATCH_MODE } from '../client/record.ts';
import {
  addWatchBody,
  authBody,
  createBody,
  multiBody,
  pathBody,
  readBody,
  setAclBody,
  setDataBody,
  setWatches2Body,
  setWatchesBody,
  versionBody,
  watcherBody,
} from '../client/request.ts';
import type {
  AclText,
  ClientRequest,
  ClientResult,
  MultiPart,
  MultiPartResult,
  NodeStat,
} from './request.ts';

/** Requests and replies as bytes, by the tests' own codec: the one under test is not asked. */
export function encodeRequest(request: ClientRequest): { opcode: number; body: Buffer } {
  switch (request.op) {
    case 'create':
    case 'delete':
    case 'setData':
      return encodePart(request);
    case 'setAcl':
      return {
        opcode: OP.setAcl,
        body: setAclBody(request.path, parseAcl(request.acl), request.version),
      };
    case 'multi':
      return { opcode: OP.multi, body: multiBody(request.parts.map(encodePart)) };
    case 'closeSession':
      return { opcode: OP.closeSession, body: Buffer.alloc(0) };
    case 'exists':
    case 'getData':
    case 'getChildren':
    case 'getChildren2':
      return { opcode: OP[request.op], body: readBody(request.path, request.watch) };
    case 'getAcl':
    case 'sync':
      return { opcode: OP[request.op], body: pathBody(request.path) };
    case 'setWatches':
      if (request.persistent === undefined && request.persistentRecursive === undefined) {
        return { opcode: OP.setWatches, body: setWatchesBody(request.relativeZxid, request) };
      }
      return { opcode: OP.setWatches2, body: setWatches2Body(request.relativeZxid, request) };
    case 'getEphemerals':
    case 'getAllChildrenNumber':
      return { opcode: OP[request.op], body: pathBody(request.path) };
    case 'multiRead': {
      const parts = request.parts.map(({ op, path }) => ({
        opcode: OP[op],
        body: readBody(path, false),
      }));
      return { opcode: OP.multiRead, body: multiBody(parts) };
    }
    case 'addWatch': {
      const mode = request.recursive ? WATCH_MODE.persistentRecursive : WATCH_MODE.persistent;
      return { opcode: OP.addWatch, body: addWatchBody(request.path, mode) };
    }
    case 'removeWatches':
    case 'checkWatches':
      return { opcode: OP[request.op], body: watcherBody(request.path, request.type) };
    case 'ping':
      return { opcode: OP.ping, body: Buffer.alloc(0) };
    case 'auth':
      return { opcode: OP.auth, body: authBody(request.scheme, request.credentials) };
  }
}

/** The body behind a reply's header. Throws RangeError where it is not what the reference says. */
export function decodeResult(request: ClientRequest, code: number, body: JuteReader): ClientResult {
  // A multi that fails as a whole has no results; one of which a part fails has them all.
  if (code !== 0 && (request.op !== 'multi' || body.remaining === 0)) {
    body.end();
    return {};
  }
  const result = decodeBody(request, body);
  body.end();
  return result;
}

function decodeBody(request: ClientRequest, body: JuteReader): ClientResult {
  switch (request.op) {
    case 'create': {
      const path = body.string();
      return request.opcode === OP.create ? { path } : { path, stat: statOf(body.stat()) };
    }
    case 'setData':
    case 'setAcl':
    case 'exists':
      return { stat: statOf(body.stat()) };
    case 'getData':
      return { data: textOf(body.buffer()), stat: statOf(body.stat()) };
    case 'getChildren':
    case 'getEphemerals':
      return { names: body.strings() };
    case 'getAllChildrenNumber':
      return { count: body.int() };
    case 'addWatch':
      if (body.int() !== 0)
        throw new RangeError('addWatch failed under a header that says it did not');
      return {};
    case 'getChildren2':
      return { names: body.strings(), stat: statOf(body.stat()) };
    case 'getAcl':
      return { acl: formatAcl(body.acl()), stat: statOf(body.stat()) };
    case 'sync':
      return { path: body.string() };
    case 'multi':
    case 'multiRead':
      return { parts: partsOf(body) };
    default:
      return {};
  }
}

function encodePart(part: MultiPart): { opcode: number; body: Buffer } {
  switch (part.op) {
    case 'create': {
      const { opcode, path, data, mode, ttlMs } = part;
      const options = { mode, acl: parseAcl(part.acl) };
      const body = createBody(path, bytesOf(data), options);
      if (opcode !== 21) return { opcode, body };
      return { opcode, body: Buffer.concat([body, new JuteWriter().long(ttlMs).bytes()]) };
    }
    case 'delete':
      return { opcode: OP.delete, body: versionBody(part.path, part.version) };
    case 'setData':
      return {
        opcode: OP.setData,
        body: setDataBody(part.path, bytesOf(part.data), part.version),
      };
    case 'check':
      return { opcode: OP.check, body: versionBody(part.path, part.version) };
  }
}

function partsOf(body: JuteReader): MultiPartResult[] {
  return readMultiResults(body).map((result) => {
    switch (result.kind) {
      case 'error':
        return { code: result.code };
      case 'create':
        return {
          code: 0,
          path: result.path,
          ...(result.stat === undefined ? {} : { stat: statOf(result.stat) }),
        };
      case 'set':
        return { code: 0, stat: statOf(result.stat) };
      case 'data':
        return { code: 0, data: result.data, stat: statOf(result.stat) };
      case 'children':
        return { code: 0, names: result.names };
      default:
        return { code: 0 };
    }
  });
}

function statOf(stat: Stat): NodeStat {
  return { ...stat, ephemeralOwner: Number(stat.ephemeralOwner) };
}

function bytesOf(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text);
}

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString();
}

function parseAcl(acl: AclText): Acl[] {
  return acl.map((entry) => {
    const [perms = '', scheme = '', ...id] = entry.split(':');
    return { perms: Number(perms), scheme, id: id.join(':') };
  });
}

function formatAcl(acl: readonly Acl[]): string[] {
  return acl.map(({ perms, scheme, id }) => `${perms}:${scheme}:${id}`);
}
