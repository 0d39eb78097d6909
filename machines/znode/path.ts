/** The root. `""` is an alias of it that some clients use in reads; the tree knows only this spelling. */
export const ROOT = '/';

/** Root of the nodes that the service itself keeps (reference §6.3). */
export const SYSTEM_ROOT = '/zookeeper';
export const QUOTA_ROOT = '/zookeeper/quota';
export const CONFIG_NODE = '/zookeeper/config';

const SLASH = 0x2f;
const DOT = 0x2e;

/** The one place where the alias of the root is resolved. Everything else is left as it is. */
export function canonicalPath(path: string): string {
  return path === '' ? ROOT : path;
}

/** Nodes that exist always and cannot be deleted (reference §3.4). */
export function isSpecialPath(path: string): boolean {
  return path === ROOT || path === SYSTEM_ROOT || path === QUOTA_ROOT || path === CONFIG_NODE;
}

function lastSlash(path: string): number {
  let at = path.length - 1;
  while (at >= 0 && path.charCodeAt(at) !== SLASH) at--;
  return at;
}

/**
 * Path of the parent: what stands before the last slash, the root where nothing does. Of a path that
 * no node can have (`/a/`, `/a//b`) it is what ZooKeeper looks up as well: `/a`, `/a/`.
 */
export function parentOf(path: string): string {
  const slash = lastSlash(path);
  return slash <= 0 ? ROOT : path.slice(0, slash);
}

/** The last component. */
export function nameOf(path: string): string {
  return path.slice(lastSlash(path) + 1);
}

/** Path of the child `name` of `parent`. */
export function childOf(parent: string, name: string): string {
  return parent === ROOT ? ROOT + name : `${parent}/${name}`;
}

/** What create and delete demand of a path before anything else (reference §3.2, §6.1). */
export function hasParent(path: string): boolean {
  return path.includes('/') && !path.includes('\0');
}

/** Whether a node may have this path: the syntax of reference §6.1, in UTF-16 code units. */
export function validatePath(path: string): boolean {
  const length = path.length;
  if (length === 0 || path.charCodeAt(0) !== SLASH) return false;
  if (length === 1) return true;

  let componentStart = 1;
  for (let at = 1; at < length; at++) {
    const unit = path.charCodeAt(at);
    if (unit === SLASH) {
      if (!isComponent(path, componentStart, at)) return false;
      componentStart = at + 1;
    } else if (isForbidden(unit)) {
      return false;
    }
  }
  return isComponent(path, componentStart, length);
}

function isComponent(path: string, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0) return false;
  if (path.charCodeAt(start) !== DOT) return true;
  return length !== 1 && (length !== 2 || path.charCodeAt(start + 1) !== DOT);
}

function isForbidden(unit: number): boolean {
  if (unit < 0x7f) return unit < 0x20;
  return unit <= 0x9f || (unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0;
}
