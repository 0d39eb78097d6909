import { type ConnectionOptions, credsAuthenticator, nkeyAuthenticator } from 'nats';

/** Certificates for the connections to the servers; paths of PEM files. `{}` asks for TLS with the system's CAs. */
export interface BusTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** For servers that are configured with `handshake_first`. */
  readonly handshakeFirst?: boolean;
}

/** Who this member is to the servers: at most one of the ways. */
export interface BusCredentials {
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Contents of a `.creds` file. */
  readonly credentials?: Uint8Array;
  /** Seed of an nkey. */
  readonly nkeySeed?: Uint8Array;
}

/** Something that an operator wants to know; `message` is a sentence. */
export interface BusNotice {
  readonly kind: 'connected' | 'lost' | 'unreachable' | 'refused';
  readonly message: string;
}

export interface NatsBusOptions {
  /** `host:port` or `nats://host:port` of every server that may be used; more are learned from a cluster. */
  readonly servers: readonly string[];
  /** Shown by the server's monitoring. */
  readonly name?: string;
  /** Prefix of the reply subject of probes. */
  readonly inboxPrefix?: string;
  readonly tls?: BusTls;
  readonly credentials?: BusCredentials;
  /** For a server to answer a dial. Default 2000. */
  readonly connectTimeoutMs?: number;
  /** A server that is silent for two to three of these is given up. Default 400. */
  readonly pingIntervalMs?: number;
  readonly onNotice?: (notice: BusNotice) => void;
}

/** What the client library is told for one dial of one server. */
export function connectionOptions(server: string, options: NatsBusOptions): ConnectionOptions {
  const { name, tls, credentials } = options;
  const told: ConnectionOptions = {
    servers: [server],
    reconnect: false,
    timeout: options.connectTimeoutMs ?? 2000,
    noAsyncTraces: true,
  };
  if (name !== undefined) told.name = name;
  if (tls !== undefined) {
    // Without a name the client library has a certificate checked against "localhost": an address is said here.
    const host = hostAndPort(server).replace(/:\d+$/, '').replace(/[[\]]/g, '');
    const secured = { ...tls, host };
    told.tls = secured;
  }
  return Object.assign(told, identity(credentials ?? {}));
}

function identity(credentials: BusCredentials): ConnectionOptions {
  const { user, password, token, credentials: file, nkeySeed } = credentials;
  if (file !== undefined) return { authenticator: credsAuthenticator(file) };
  if (nkeySeed !== undefined) return { authenticator: nkeyAuthenticator(nkeySeed) };
  if (token !== undefined) return { token };
  if (user === undefined) return {};
  return password === undefined ? { user } : { user, pass: password };
}

/** A server's address as servers name each other: without a scheme. */
export function hostAndPort(server: string): string {
  return server.replace(/^[a-z]+:\/\//, '');
}
