import { isOpenAcl } from './access.ts';
import { type Acl, OPEN_ACL } from './acl.ts';

/** Above this many different lists the table starts anew: it saves memory and must not cost it. */
const MAX_LISTS = 10_000;

/**
 * Makes equal ACLs one array, because a tree of a million nodes has a handful of them, and so that
 * OPEN_ACL is recognised by reference wherever an ACL came from.
 */
export class AclTable {
  readonly #byText = new Map<string, readonly Acl[]>();
  readonly #known = new Set<readonly Acl[]>();

  intern(acl: readonly Acl[]): readonly Acl[] {
    if (acl === OPEN_ACL || this.#known.has(acl)) return acl;
    if (isOpenAcl(acl)) return OPEN_ACL;
    const text = textOf(acl);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    if (this.#byText.size >= MAX_LISTS) {
      this.#byText.clear();
      this.#known.clear();
    }
    this.#byText.set(text, acl);
    this.#known.add(acl);
    return acl;
  }
}

/** Unambiguous: the lengths say where each part ends. */
function textOf(acl: readonly Acl[]): string {
  let text = '';
  for (const { perms, scheme, id } of acl) {
    text += `${perms},${scheme.length},${id.length}:${scheme}${id}`;
  }
  return text;
}
