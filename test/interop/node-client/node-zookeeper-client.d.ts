/** What the tests use of the package, which brings no types. */
declare module 'node-zookeeper-client' {
  import type { EventEmitter } from 'node:events';

  export class Id {
    constructor(scheme: string, id: string);
    readonly scheme: string;
    readonly id: string;
  }
  export class ACL {
    constructor(permission: number, id: Id);
    readonly permission: number;
    readonly id: Id;
    static readonly OPEN_ACL_UNSAFE: readonly ACL[];
    static readonly CREATOR_ALL_ACL: readonly ACL[];
    static readonly READ_ACL_UNSAFE: readonly ACL[];
  }
  export const Permission: Readonly<
    Record<'READ' | 'WRITE' | 'CREATE' | 'DELETE' | 'ADMIN' | 'ALL', number>
  >;
  export const CreateMode: Readonly<
    Record<'PERSISTENT' | 'PERSISTENT_SEQUENTIAL' | 'EPHEMERAL' | 'EPHEMERAL_SEQUENTIAL', number>
  >;
  export class Event {
    static readonly NODE_CREATED: number;
    static readonly NODE_DELETED: number;
    static readonly NODE_DATA_CHANGED: number;
    static readonly NODE_CHILDREN_CHANGED: number;
    getType(): number;
    getName(): string;
    getPath(): string;
  }
  export class State {
    readonly name: string;
  }
  export class Exception extends Error {
    getCode(): number;
    getName(): string;
  }
  export interface Stat {
    readonly czxid: Buffer;
    readonly mzxid: Buffer;
    readonly pzxid: Buffer;
    readonly ephemeralOwner: Buffer;
    readonly version: number;
    readonly cversion: number;
    readonly aversion: number;
    readonly dataLength: number;
    readonly numChildren: number;
  }
  export interface TransactionResult {
    readonly type: number;
    readonly err?: number;
    readonly path?: string;
    readonly stat?: Stat;
  }
  export interface Transaction {
    create(path: string, data?: Buffer, acls?: readonly ACL[], mode?: number): this;
    setData(path: string, data: Buffer, version?: number): this;
    check(path: string, version?: number): this;
    remove(path: string, version?: number): this;
    commit(
      callback: (error: Exception | null, results: readonly TransactionResult[]) => void,
    ): void;
  }

  type Failure = Exception | null | undefined;
  type Watcher = (event: Event) => void;
  type Callback<A extends readonly unknown[]> = (error: Failure, ...answer: A) => void;

  export interface Client extends EventEmitter {
    readonly connectionManager: { readonly socket: { destroy(): void } };
    connect(): void;
    close(): void;
    getState(): State;
    getSessionId(): Buffer;
    getSessionPassword(): Buffer;
    getSessionTimeout(): number;
    addAuthInfo(scheme: string, auth: Buffer): void;
    create(
      path: string,
      data: Buffer | undefined,
      acls: readonly ACL[],
      mode: number,
      callback: Callback<[path: string]>,
    ): void;
    mkdirp(path: string, callback: Callback<[path: string]>): void;
    remove(path: string, version: number, callback: Callback<[]>): void;
    removeRecursive(path: string, version: number, callback: Callback<[]>): void;
    listSubTreeBFS(path: string, callback: Callback<[paths: readonly string[]]>): void;
    exists(
      path: string,
      watcher: Watcher | undefined,
      callback: Callback<[stat: Stat | null | undefined]>,
    ): void;
    getData(
      path: string,
      watcher: Watcher | undefined,
      callback: Callback<[data: Buffer | undefined, stat: Stat]>,
    ): void;
    setData(path: string, data: Buffer, version: number, callback: Callback<[stat: Stat]>): void;
    getChildren(
      path: string,
      watcher: Watcher | undefined,
      callback: Callback<[children: readonly string[], stat: Stat]>,
    ): void;
    getACL(path: string, callback: Callback<[acls: readonly ACL[], stat: Stat]>): void;
    setACL(
      path: string,
      acls: readonly ACL[],
      version: number,
      callback: Callback<[stat: Stat]>,
    ): void;
    transaction(): Transaction;
  }

  const zookeeper: {
    createClient(
      hosts: string,
      options?: {
        sessionTimeout?: number;
        spinDelay?: number;
        retries?: number;
        sessionId?: Buffer;
        sessionPassword?: Buffer;
      },
    ): Client;
    readonly ACL: typeof ACL;
    readonly Id: typeof Id;
    readonly Event: typeof Event;
    readonly Permission: typeof Permission;
    readonly CreateMode: typeof CreateMode;
  };
  export default zookeeper;
}
