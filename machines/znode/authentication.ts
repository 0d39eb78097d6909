import type { Identity } from './acl.ts';
import { type DigestAlgorithm, digestIdentity } from './digest-identity.ts';

/** Who may do everything, whatever an ACL says. */
export const SUPER_IDENTITY: Identity = Object.freeze({ scheme: 'super', id: '' });

/** What every client has where ACLs are not asked. It was not proven: whoAmI does not tell of it. */
export const UNCHECKED_IDENTITY: Identity = Object.freeze({ scheme: 'super', id: 'skipACL' });

export interface AuthenticationOptions {
  /** Digest identity of the user that becomes super; nobody does where it is absent. */
  readonly superDigest?: string | undefined;
  /** Whether there is the digest scheme at all; there is unless it says no (reference §8.4). */
  readonly digestEnabled?: boolean;
  readonly digestAlgorithm?: DigestAlgorithm;
  /** A connection without an identity of one of these gets no answer but a refusal (reference §8.7). */
  readonly requiredSchemes?: readonly string[] | undefined;
}

/**
 * The identities that an auth packet adds to its connection (reference §8.4); `undefined` means AUTHFAILED.
 * The digest scheme accepts any user and password, the empty ones as well: it proves nothing but that the client knows
 * both. Nothing at all (`null`) is no user (reference §2).
 */
export function authenticate(
  scheme: string,
  auth: Uint8Array | null,
  options: AuthenticationOptions,
): readonly Identity[] | undefined {
  switch (scheme) {
    case 'digest': {
      if (options.digestEnabled === false || auth === null) return undefined;
      const identity = digestIdentity(Buffer.from(auth).toString(), options.digestAlgorithm);
      return identity.id === options.superDigest ? [SUPER_IDENTITY, identity] : [identity];
    }
    case 'ip':
      // The address came with the connection; the packet adds nothing, and is no error.
      return [];
    default:
      return undefined;
  }
}

/** Whether somebody with `identities` may ask for anything but to be authenticated (reference §8.7). */
export function isAdmitted(
  identities: readonly Identity[],
  { requiredSchemes }: AuthenticationOptions,
): boolean {
  return (
    requiredSchemes === undefined ||
    identities.some(({ scheme }) => requiredSchemes.includes(scheme))
  );
}

/** `identities` with `added` at the end, without what is there already; the same array if nothing is new. */
export function withIdentities(
  identities: readonly Identity[],
  added: readonly Identity[],
): readonly Identity[] {
  const fresh = added.filter(
    (one) => !identities.some((other) => other.scheme === one.scheme && other.id === one.id),
  );
  return fresh.length === 0 ? identities : [...identities, ...fresh];
}
