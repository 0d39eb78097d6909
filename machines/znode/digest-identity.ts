import type { Identity } from './acl.ts';
import { sha1 } from './sha1.ts';

/**
 * The identity that `user:password` stands for: the user's name and the SHA-1 of the whole, in base64
 * (reference §8.4). `undefined` where there is no colon, so that there is no password.
 */
export function digestIdentity(userPassword: string): Identity | undefined {
  const colon = userPassword.indexOf(':');
  if (colon < 0) return undefined;
  const hash = Buffer.from(sha1(Buffer.from(userPassword))).toString('base64');
  return { scheme: 'digest', id: `${userPassword.slice(0, colon)}:${hash}` };
}

/** Id of a digest entry as a client without ADMIN gets to see it: the user, not the hash (reference §3.3). */
export function maskedDigestId(id: string): string {
  const colon = id.indexOf(':');
  return colon < 0 ? id : `${id.slice(0, colon)}:x`;
}
