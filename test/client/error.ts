const NAMES: ReadonlyMap<number, string> = new Map([
  [-1, 'SYSTEMERROR'],
  [0, 'OK'],
  [-2, 'RUNTIMEINCONSISTENCY'],
  [-5, 'MARSHALLINGERROR'],
  [-6, 'UNIMPLEMENTED'],
  [-8, 'BADARGUMENTS'],
  [-101, 'NONODE'],
  [-102, 'NOAUTH'],
  [-103, 'BADVERSION'],
  [-108, 'NOCHILDRENFOREPHEMERALS'],
  [-110, 'NODEEXISTS'],
  [-111, 'NOTEMPTY'],
  [-112, 'SESSIONEXPIRED'],
  [-114, 'INVALIDACL'],
  [-115, 'AUTHFAILED'],
  [-119, 'NOTREADONLY'],
  [-120, 'EPHEMERALONLOCALSESSION'],
  [-121, 'NOWATCHER'],
  [-123, 'RECONFIGDISABLED'],
  [-124, 'SESSIONCLOSEDREQUIRESASLAUTH'],
  [-125, 'QUOTAEXCEEDED'],
]);

/** `NONODE` for -101; the number itself where the tests know no name. */
export function errorName(code: number): string {
  return NAMES.get(code) ?? String(code);
}

/** The server answered with an error code. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly code: number;

  constructor(code: number, what: string) {
    super(`${errorName(code)} for ${what}`);
    this.code = code;
  }
}

/** The socket went away: whether a request in flight took effect is unknown. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** The server said that the session does not exist any more. */
export class SessionExpired extends Error {
  override readonly name = 'SessionExpired';
}
