/** One entry of an access control list (reference §8.1). `perms` is a bit set of `Perm`. */
export interface Acl {
  readonly perms: number;
  readonly scheme: string;
  readonly id: string;
}

/** Who a connection is: its address and every identity it has authenticated as (reference §8.2). */
export interface Identity {
  readonly scheme: string;
  readonly id: string;
}

export const Perm = { read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 } as const;

/** `world:anyone` with every permission. One shared array: compare by reference to recognise it cheaply. */
export const OPEN_ACL: readonly Acl[] = Object.freeze([
  Object.freeze({ perms: Perm.all, scheme: 'world', id: 'anyone' }),
]);
