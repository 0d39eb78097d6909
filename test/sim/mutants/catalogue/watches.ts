import type { Mutant } from '../mutant.ts';

/** Watches: exactly one event each, before the reply that shows the change (reference §7). */
export const WATCHES: readonly Mutant[] = [
  {
    name: 'watch-after-reply',
    breaks:
      'Events of watches are gathered and sent behind the replies of the batch: a client reads the new state before it hears of it (§7.3).',
    changes: [
      {
        file: 'machines/session/request-processor.ts',
        find: 'watcherEvent(outbox, zxid, type, path);',
        replace:
          '(this.late ??= []).push(() => { watcherEvent(client.line.outbox, zxid, type, path); listener.outboxFilled(client); });',
      },
      {
        file: 'machines/session/request-processor.ts',
        find: 'for (const client of this.#writes.syncing) this.#drain(client);',
        replace:
          'for (const client of this.#writes.syncing) this.#drain(client);\n    for (const tell of this.late?.splice(0) ?? []) tell();',
      },
    ],
    seeds: 60,
  },
  {
    name: 'exists-watch-lost',
    breaks: 'exists of a node that is not there sets no watch: its creation is not told (§7.2).',
    changes: [
      {
        file: 'machines/znode/read.ts',
        find: 'if (watch) this.#watches.data.add(path, watcher, WatchMode.standard);\n    return node === undefined',
        replace:
          'if (watch && node !== undefined) this.#watches.data.add(path, watcher, WatchMode.standard);\n    return node === undefined',
      },
    ],
    seeds: 60,
  },
  {
    name: 'watch-fires-twice',
    breaks: 'A watch stays when it has fired: its client is told again and again (§7.2).',
    changes: [
      {
        file: 'machines/znode/watch-table.ts',
        find: 'modes & ~WatchMode.standard);',
        replace: 'modes);',
      },
    ],
    seeds: 60,
  },
  {
    name: 'deletion-told-twice',
    breaks: 'Who watches the data and the children of a node hears twice of its deletion (§7.2).',
    changes: [
      {
        file: 'machines/znode/watch.ts',
        find: 'if (!told.has(watcher)) this.#notify(',
        replace: 'this.#notify(',
      },
    ],
    seeds: 60,
  },
  {
    name: 'set-watches-ignores-relative-zxid',
    breaks:
      'Watches that a client brings along are set without a look at what it has missed (§7.5).',
    changes: [
      {
        file: 'machines/znode/read.ts',
        find: 'else if (node.mzxid > relativeZxid) {',
        replace: 'else if (node.mzxid > Number.MAX_SAFE_INTEGER) {',
      },
    ],
    seeds: 60,
  },
  {
    name: 'recursive-watch-told-of-children',
    breaks:
      'A recursive watch is among those of the children as well, and hears that they changed (§7.2).',
    changes: [
      {
        file: 'machines/znode/watch.ts',
        find: 'this.data.add(path, watcher, WatchMode.persistentRecursive);',
        replace:
          'this.data.add(path, watcher, WatchMode.persistentRecursive);\n    this.children.add(path, watcher, WatchMode.persistentRecursive);',
      },
    ],
    seeds: 60,
  },
  {
    name: 'persistent-watch-lost-when-fired',
    breaks: 'A watch that stays goes with its first event, as any other (§7.2).',
    changes: [
      {
        file: 'machines/znode/watch-table.ts',
        find: '(modes & WatchMode.standard) === 0) return;',
        replace: 'modes === 0) return;',
      },
      {
        file: 'machines/znode/watch-table.ts',
        find: 'modes & ~WatchMode.standard);',
        replace: '0);',
      },
    ],
    seeds: 60,
  },
  {
    name: 'event-to-who-may-not-read',
    breaks: 'A watcher hears of a node that it may not read (§7.2).',
    changes: [
      {
        file: 'machines/znode/watch.ts',
        find: 'if (checkAcl(acl, Perm.read, watcher.identities)) {',
        replace: 'if (acl.length > 0) {',
      },
    ],
    seeds: 60,
  },
  {
    name: 'remove-watches-removes-all-modes',
    breaks: 'removeWatches of one type takes the others on that path along (§3.8).',
    changes: [
      {
        file: 'machines/znode/watch.ts',
        find: 'this.data.remove(path, watcher, data)',
        replace: 'data !== NONE && this.data.remove(path, watcher)',
      },
    ],
    seeds: 100,
  },
  {
    name: 'persistent-watches-not-set-again',
    breaks:
      'setWatches2 forgets the watches that stay: nothing is told on the new connection (§7.5).',
    changes: [
      {
        file: 'machines/znode/read.ts',
        find: 'this.#watches.addPersistent(canonicalPath(requested), watcher);',
        replace: '',
      },
    ],
    seeds: 100,
  },
];
