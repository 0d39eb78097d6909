/** What stands in a request's body, in wire order (reference §2). */
export type BodyKind =
  | 'string'
  /** A string encoded as a buffer: the same bytes. A number is so many bytes of `x`. */
  | 'data'
  | 'int'
  | 'long'
  | 'bool'
  | 'strings'
  /** `[perms, scheme, id]` for each entry. */
  | 'acl'
  /** Where in this session's life: what it has seen last, nothing, or more than there is. */
  | 'seen'
  /** Requests inside a multi. */
  | 'parts';

/** What stands in the body of a reply that says success. */
export type ReplyKind =
  | 'path'
  | 'stat'
  | 'data'
  | 'names'
  | 'acl'
  | 'int'
  | 'token'
  | 'identities'
  | 'results';

export interface OperationShape {
  readonly opcode: number;
  readonly body: readonly (readonly [field: string, kind: BodyKind])[];
  readonly reply: readonly ReplyKind[];
}

const CREATE = [
  ['path', 'string'],
  ['data', 'data'],
  ['acl', 'acl'],
  ['flags', 'int'],
] as const;
const READ = [
  ['path', 'string'],
  ['watch', 'bool'],
] as const;
const VERSIONED = [
  ['path', 'string'],
  ['version', 'int'],
] as const;
const WATCHES = [
  ['path', 'string'],
  ['type', 'int'],
] as const;
const PATH = [['path', 'string']] as const;
const REARM = [
  ['relative', 'seen'],
  ['data', 'strings'],
  ['exist', 'strings'],
  ['child', 'strings'],
] as const;

/** Every opcode that a client may send, by name (reference §3.1). */
export const OPERATIONS = {
  create: { opcode: 1, body: CREATE, reply: ['path'] },
  delete: { opcode: 2, body: VERSIONED, reply: [] },
  exists: { opcode: 3, body: READ, reply: ['stat'] },
  getData: { opcode: 4, body: READ, reply: ['data', 'stat'] },
  setData: {
    opcode: 5,
    body: [
      ['path', 'string'],
      ['data', 'data'],
      ['version', 'int'],
    ],
    reply: ['stat'],
  },
  getAcl: { opcode: 6, body: PATH, reply: ['acl', 'stat'] },
  setAcl: {
    opcode: 7,
    body: [
      ['path', 'string'],
      ['acl', 'acl'],
      ['version', 'int'],
    ],
    reply: ['stat'],
  },
  getChildren: { opcode: 8, body: READ, reply: ['names'] },
  sync: { opcode: 9, body: PATH, reply: ['path'] },
  ping: { opcode: 11, body: [], reply: [] },
  getChildren2: { opcode: 12, body: READ, reply: ['names', 'stat'] },
  check: { opcode: 13, body: VERSIONED, reply: [] },
  multi: { opcode: 14, body: [['parts', 'parts']], reply: ['results'] },
  create2: { opcode: 15, body: CREATE, reply: ['path', 'stat'] },
  reconfig: {
    opcode: 16,
    body: [
      ['joining', 'string'],
      ['leaving', 'string'],
      ['members', 'string'],
      ['configId', 'long'],
    ],
    reply: ['data', 'stat'],
  },
  checkWatches: { opcode: 17, body: WATCHES, reply: [] },
  removeWatches: { opcode: 18, body: WATCHES, reply: [] },
  createContainer: { opcode: 19, body: CREATE, reply: ['path', 'stat'] },
  deleteContainer: { opcode: 20, body: [['path', 'string']], reply: [] },
  createTtl: { opcode: 21, body: [...CREATE, ['ttl', 'long']], reply: ['path', 'stat'] },
  multiRead: { opcode: 22, body: [['parts', 'parts']], reply: ['results'] },
  auth: {
    opcode: 100,
    body: [
      ['type', 'int'],
      ['scheme', 'string'],
      ['auth', 'data'],
    ],
    reply: [],
  },
  setWatches: { opcode: 101, body: REARM, reply: [] },
  sasl: { opcode: 102, body: [['token', 'data']], reply: ['token'] },
  getEphemerals: { opcode: 103, body: PATH, reply: ['names'] },
  getAllChildrenNumber: { opcode: 104, body: PATH, reply: ['int'] },
  setWatches2: {
    opcode: 105,
    body: [...REARM, ['persistent', 'strings'], ['recursive', 'strings']],
    reply: [],
  },
  addWatch: {
    opcode: 106,
    body: [
      ['path', 'string'],
      ['mode', 'int'],
    ],
    reply: ['int'],
  },
  whoAmI: { opcode: 107, body: [], reply: ['identities'] },
  closeSession: { opcode: -11, body: [], reply: [] },
  createSession: { opcode: -10, body: [['timeout', 'int']], reply: [] },
} as const satisfies Record<string, OperationShape>;

export type OperationName = keyof typeof OPERATIONS;

export function isOperationName(text: string): text is OperationName {
  return Object.hasOwn(OPERATIONS, text);
}

export const OPERATION_NAMES: readonly OperationName[] =
  Object.keys(OPERATIONS).filter(isOperationName);
