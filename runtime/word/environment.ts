import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';

const MEBIBYTE = 2 ** 20;
const JAVA_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'aarch64' };

/**
 * What `envi` tells (reference §14.1): Java's names, each with what is nearest to it in this process. The version stands
 * first and begins with a plain `x.y.z`: kazoo reads the server's version from there.
 */
export function environmentOf(version: string): readonly (readonly [key: string, value: string])[] {
  const heap = v8.getHeapStatistics();
  const user = userOf();
  return [
    ['zookeeper.version', version],
    ['host.name', os.hostname()],
    ['java.version', `Node.js ${process.versions.node}`],
    ['java.vendor', 'Node.js'],
    ['java.home', path.dirname(process.execPath)],
    ['java.class.path', process.argv[1] ?? ''],
    ['java.library.path', process.env.LD_LIBRARY_PATH ?? ''],
    ['java.io.tmpdir', os.tmpdir()],
    ['java.compiler', `V8 ${process.versions.v8}`],
    ['os.name', os.type()],
    ['os.arch', JAVA_ARCHITECTURES[process.arch] ?? process.arch],
    ['os.version', os.release()],
    ['user.name', user.name],
    ['user.home', user.home],
    ['user.dir', process.cwd()],
    ['jvm.memory.free', megabytes(heap.total_available_size)],
    ['jvm.memory.max', megabytes(heap.heap_size_limit)],
    ['jvm.memory.total', megabytes(heap.total_heap_size)],
  ];
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / MEBIBYTE)}MB`;
}

/** A container may run as a number that no name belongs to. */
function userOf(): { readonly name: string; readonly home: string } {
  try {
    const { username, homedir } = os.userInfo();
    return { name: username, home: homedir };
  } catch {
    return { name: String(process.getuid?.() ?? ''), home: process.env.HOME ?? '' };
  }
}
