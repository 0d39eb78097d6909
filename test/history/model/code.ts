/** Error codes that this model gives (reference §4). */
export const CODE = {
  ok: 0,
  runtimeInconsistency: -2,
  marshallingError: -5,
  unimplemented: -6,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  invalidAcl: -114,
  authFailed: -115,
  /** Never told to a client: its connection ends instead (reference §1.7). */
  sessionMoved: -118,
  notReadOnly: -119,
  noWatcher: -121,
} as const;
