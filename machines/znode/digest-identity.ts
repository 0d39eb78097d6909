import type { Identity } from './acl.ts';
import { sha1 } from './sha1.ts';
import { sha256 } from './sha256.ts';

/** What a password may be hashed by: ZooKeeper's own, and the one stronger that is at hand (reference §8.4). */
export const DIGEST_ALGORITHMS = ['SHA1', 'SHA-256'] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

const HASHES: Readonly<Record<DigestAlgorithm, (message: Uint8Array) => Uint8Array>> = {
  SHA1: sha1,
  'SHA-256': sha256,
};

/**
 * The identity that `user:password` stands for: the user's name and the hash of the whole, in base64
 * (reference §8.4). Where there is no colon all of it is the name, as ZooKeeper has it: the scheme takes
 * any text.
 */
export function digestIdentity(
  userPassword: string,
  algorithm: DigestAlgorithm = 'SHA1',
): Identity {
  const [user = ''] = userPassword.split(':', 1);
  const hash = Buffer.from(HASHES[algorithm](Buffer.from(userPassword))).toString('base64');
  return { scheme: 'digest', id: `${user}:${hash}` };
}

/** Whether an entry of an ACL may have this id: a colon splits it in two, and nothing is behind it but colons (reference §8.4). */
export function isDigestId(id: string): boolean {
  const parts = id.replace(/:+$/, '').split(':');
  return parts.length === 2;
}

/** Id of a digest entry as a client without ADMIN gets to see it: the user, not the hash (reference §3.3). */
export function maskedDigestId(id: string): string {
  const colon = id.indexOf(':');
  return colon < 0 ? id : `${id.slice(0, colon)}:x`;
}
