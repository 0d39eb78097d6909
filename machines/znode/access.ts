import { type Acl, type Identity, OPEN_ACL, Perm } from './acl.ts';
import { isDigestId, maskedDigestId } from './digest-identity.ts';
import { isAddressInRange, parseAddressRange } from './ip-address.ts';

/**
 * Whether somebody with `identities` may do what `perms` names on a node with `acl`; any one of several
 * bits suffices (reference §8.1).
 */
export function checkAcl(
  acl: readonly Acl[],
  perms: number,
  identities: readonly Identity[],
): boolean {
  if (acl === OPEN_ACL || acl.length === 0) return true;
  for (const identity of identities) {
    if (identity.scheme === 'super') return true;
  }
  for (const entry of acl) {
    if ((entry.perms & perms) === 0) continue;
    if (entry.scheme === 'world' && entry.id === 'anyone') return true;
    for (const identity of identities) {
      if (identity.scheme === entry.scheme && matches(entry, identity)) return true;
    }
  }
  return false;
}

function matches(entry: Acl, identity: Identity): boolean {
  if (entry.id === identity.id) return true;
  if (entry.scheme !== 'ip') return false;
  const range = parseAddressRange(entry.id);
  return range !== undefined && isAddressInRange(identity.id, range);
}

/**
 * The ACL that a node gets when a client asks for `acl`: duplicates dropped, `auth` replaced by the client's
 * own authenticated identities (reference §8.3). `undefined` means INVALIDACL. Where the digest scheme is
 * switched off no entry may name it.
 */
export function fixAcl(
  acl: readonly Acl[] | null,
  identities: readonly Identity[],
  digestEnabled = true,
): readonly Acl[] | undefined {
  if (acl === null || acl.length === 0) return undefined;
  if (isOpenAcl(acl)) return OPEN_ACL;
  const fixed: Acl[] = [];
  for (const entry of withoutDuplicates(acl)) {
    if (entry.scheme === 'auth') {
      const before = fixed.length;
      for (const { scheme, id } of identities) {
        if (isAuthenticated(scheme, digestEnabled)) fixed.push({ perms: entry.perms, scheme, id });
      }
      if (fixed.length === before) return undefined;
    } else if (isSettable(entry, digestEnabled)) {
      fixed.push(entry);
    } else {
      return undefined;
    }
  }
  return isOpenAcl(fixed) ? OPEN_ACL : fixed;
}

/** Whether `acl` says what OPEN_ACL says. */
export function isOpenAcl(acl: readonly Acl[]): boolean {
  if (acl === OPEN_ACL) return true;
  const entry = acl[0];
  return (
    acl.length === 1 &&
    entry !== undefined &&
    entry.perms === Perm.all &&
    entry.scheme === 'world' &&
    entry.id === 'anyone'
  );
}

/** `acl` as getACL shows it: hashes of passwords only to those who may set it (reference §3.3). */
export function visibleAcl(acl: readonly Acl[], identities: readonly Identity[]): readonly Acl[] {
  if (checkAcl(acl, Perm.admin, identities)) return acl;
  return acl.map((entry) =>
    entry.scheme === 'digest' ? { ...entry, id: maskedDigestId(entry.id) } : entry,
  );
}

/** By text: one frame has room for fifty thousand entries, and to hold each against all others would stop the leader for seconds. */
function withoutDuplicates(acl: readonly Acl[]): Iterable<Acl> {
  if (acl.length === 1) return acl;
  const byText = new Map<string, Acl>();
  for (const entry of acl) {
    const { perms, scheme, id } = entry;
    const text = `${perms},${scheme.length}:${scheme}${id}`;
    if (!byText.has(text)) byText.set(text, entry);
  }
  return byText.values();
}

/** Whether an identity of the scheme was proven, so that `auth` may stand for it; an address is not. */
function isAuthenticated(scheme: string, digestEnabled: boolean): boolean {
  return scheme === 'digest' && digestEnabled;
}

function isSettable(entry: Acl, digestEnabled: boolean): boolean {
  switch (entry.scheme) {
    case 'world':
      return entry.id === 'anyone';
    case 'digest':
      return digestEnabled && isDigestId(entry.id);
    case 'ip':
      return parseAddressRange(entry.id) !== undefined;
    default:
      return false;
  }
}
