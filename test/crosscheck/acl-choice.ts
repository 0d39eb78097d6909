import type { Random } from '../sim/world/random.ts';
import { isSealed } from './place.ts';
import type { Value } from './request.ts';

type Entry = readonly [perms: number, scheme: string | null, id: string | null];

export const OPEN: readonly Entry[] = [[31, 'world', 'anyone']];
/** Whom scripts authenticate as: password `p` and `q`. */
export const USERS = ['u:p', 'v:q'];
/** base64(sha1('u:p')) */
const HASH_OF_U = 'u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=';

/** Everybody may read: where READ is missing a known difference of events begins. */
const READABLE: readonly (readonly Entry[])[] = [
  [[1, 'world', 'anyone']],
  [[15, 'world', 'anyone']],
  [[19, 'world', 'anyone']],
  [[23, 'world', 'anyone']],
  [
    [1, 'world', 'anyone'],
    [31, 'auth', ''],
  ],
  [
    [1, 'world', 'anyone'],
    [30, 'digest', HASH_OF_U],
  ],
  [
    [1, 'world', 'anyone'],
    [30, 'ip', '127.0.0.1'],
  ],
  [
    [1, 'world', 'anyone'],
    [30, 'ip', '10.0.0.0/8'],
  ],
  [
    [31, 'ip', '127.0.0.0/8'],
    [1, 'digest', HASH_OF_U],
  ],
  [
    [31, 'world', 'anyone'],
    [31, 'world', 'anyone'],
  ],
  [
    [255, 'world', 'anyone'],
    [0, 'digest', HASH_OF_U],
  ],
];
const SEALED: readonly (readonly Entry[])[] = [
  [[30, 'world', 'anyone']],
  [[0, 'world', 'anyone']],
  [[14, 'world', 'anyone']],
  [[16, 'world', 'anyone']],
  [[31, 'auth', '']],
  [[31, 'digest', HASH_OF_U]],
  [
    [31, 'digest', HASH_OF_U],
    [14, 'world', 'anyone'],
  ],
  [[31, 'ip', '10.1.2.3']],
  [
    [31, 'auth', ''],
    [4, 'world', 'anyone'],
  ],
];
/** INVALIDACL (reference §8.3), some only for who has not authenticated. */
const WRONG: readonly (readonly Entry[] | null)[] = [
  null,
  [],
  [[31, 'nosuch', 'x']],
  [[31, 'world', 'someone']],
  [[31, 'world', '']],
  [[31, 'digest', 'nocolon']],
  [[31, 'digest', 'a:b:c']],
  [[31, 'digest', '']],
  [[31, null, 'x']],
  [[31, '', '']],
  [
    [1, 'world', 'anyone'],
    [31, 'auth', null],
  ],
  [
    [31, 'auth', 'x'],
    [1, 'world', 'anyone'],
  ],
  [[31, 'ip', '300.1.1.1']],
  [[31, 'ip', '1.2.3.4/33']],
  [[31, 'ip', '1.2.3.4/x']],
  [[31, 'ip', '']],
  [[31, 'super', '']],
  [
    [31, 'world', 'anyone'],
    [31, 'nosuch', 'x'],
  ],
];

/** The ACL of a create or setACL of this path. */
export function chooseAcl(random: Random, path: string): Value {
  const dice = random.next();
  if (dice < 0.06) return random.pick(WRONG);
  if (isSealed(path)) return dice < 0.2 ? OPEN : random.pick(SEALED);
  return dice < 0.8 ? OPEN : random.pick(READABLE);
}
