import { createHash } from 'node:crypto';
import type { AclText } from '../request.ts';

export const PERM = { read: 1, write: 2, create: 4, delete: 8, admin: 16 } as const;

/** The `user:hash` that a connection has proven, in the order in which it did. */
export type Identities = readonly string[];

interface Entry {
  readonly perms: number;
  readonly scheme: string;
  readonly id: string;
}

const OPEN = '31:world:anyone';

/** What an auth packet of the digest scheme makes its connection: it takes any text (reference §8.4). */
export function digestId(credentials: string): string {
  const hash = createHash('sha1').update(credentials).digest('base64');
  return `${credentials.split(':')[0]}:${hash}`;
}

/** Any one of the bits is enough (reference §8.1). */
export function permits(acl: AclText, perms: number, identities: Identities): boolean {
  if (acl.length === 0 || acl[0] === OPEN) return true;
  return acl.map(parse).some((entry) => (entry.perms & perms) !== 0 && isFor(entry, identities));
}

/** The ACL that a node gets where `requested` is asked for (reference §8.3); `undefined` is INVALIDACL. */
export function grantedAcl(requested: AclText, identities: Identities): AclText | undefined {
  const granted: string[] = [];
  for (const text of new Set(requested)) {
    const entry = parse(text);
    if (entry.scheme === 'auth') {
      if (identities.length === 0) return undefined;
      granted.push(...identities.map((id) => `${entry.perms}:digest:${id}`));
    } else if (isValid(entry)) {
      granted.push(text);
    } else {
      return undefined;
    }
  }
  return granted.length === 0 ? undefined : granted;
}

/** What getACL shows: hashes only to those who may set the ACL (reference §3.3). */
export function shownAcl(acl: AclText, identities: Identities): AclText {
  if (permits(acl, PERM.admin, identities)) return acl;
  return acl.map((text) => {
    const { perms, scheme, id } = parse(text);
    return scheme === 'digest' ? `${perms}:${scheme}:${id.split(':')[0]}:x` : text;
  });
}

function isFor({ scheme, id }: Entry, identities: Identities): boolean {
  if (scheme === 'world') return id === 'anyone';
  return scheme === 'digest' && identities.includes(id);
}

function isValid({ scheme, id }: Entry): boolean {
  if (scheme === 'world') return id === 'anyone';
  if (scheme !== 'digest') return false;
  const [user, hash, ...more] = id.split(':');
  return user !== undefined && hash !== undefined && hash !== '' && more.length === 0;
}

function parse(text: string): Entry {
  const [perms = '', scheme = '', ...id] = text.split(':');
  // An address would have to be known to be matched, and no history tells it.
  if (scheme === 'ip') throw new Error(`the model knows no addresses: ${text}`);
  return { perms: Number(perms), scheme, id: id.join(':') };
}
