import type { Identity } from './acl.ts';
import { digestIdentity } from './digest-identity.ts';

/** Who may do everything, whatever an ACL says. */
export const SUPER_IDENTITY: Identity = Object.freeze({ scheme: 'super', id: '' });

export interface AuthenticationOptions {
  /** `user:base64(sha1("user:password"))` of the user that becomes super; nobody does where it is absent. */
  readonly superDigest?: string | undefined;
}

/**
 * The identities that an auth packet adds to its connection (reference §8.4); `undefined` means AUTHFAILED.
 * The digest scheme accepts any user and password: it proves nothing but that the client knows both.
 */
export function authenticate(
  scheme: string,
  auth: Uint8Array,
  options: AuthenticationOptions,
): readonly Identity[] | undefined {
  switch (scheme) {
    case 'digest': {
      const identity = digestIdentity(Buffer.from(auth).toString());
      if (identity === undefined) return undefined;
      return identity.id === options.superDigest ? [SUPER_IDENTITY, identity] : [identity];
    }
    case 'ip':
      // The address came with the connection; the packet adds nothing, and is no error.
      return [];
    default:
      return undefined;
  }
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
