/** Written by the leader alone (reference §12). */
export const CONFIG_NODE = '/zookeeper/config';

const SPECIAL: ReadonlySet<string> = new Set(['/', '/zookeeper', '/zookeeper/quota', CONFIG_NODE]);

/** Nodes that nobody can delete (reference §3.4). */
export function isSpecial(path: string): boolean {
  return SPECIAL.has(path);
}

/** What create and delete ask of a path first (reference §3.2). */
export function hasParent(path: string): boolean {
  return path.includes('/') && !path.includes('\0');
}

/** The syntax of reference §6.1. */
export function isPath(path: string): boolean {
  if (path === '/') return true;
  if (!path.startsWith('/')) return false;
  const names = path.slice(1).split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) return false;
  for (let at = 0; at < path.length; at++) if (isForbidden(path.charCodeAt(at))) return false;
  return true;
}

function isForbidden(unit: number): boolean {
  return (
    unit <= 0x1f ||
    (unit >= 0x7f && unit <= 0x9f) ||
    (unit >= 0xd800 && unit <= 0xf8ff) ||
    unit >= 0xfff0
  );
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function childOf(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

/** In reads the empty path is another name of the root (reference §3.3). */
export function readPath(path: string): string {
  return path === '' ? '/' : path;
}
