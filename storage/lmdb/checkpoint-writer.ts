import type { Checkpoint } from '../../machines/znode/znode.ts';
import { encodeMark } from '../checkpoint-mark.ts';
import { isHashed } from '../node-key.ts';
import { encodeNode } from '../node-record.ts';
import { encodeSession, sessionKey } from '../session-value.ts';
import type { Environment } from './environment.ts';
import { MARK_KEY, type TreeTables } from './tree-tables.ts';

/** How long one turn of the event loop may go on with encoding, ms. */
const SLICE_MS = 2;

/** Changes encoded between two looks at the clock. */
const CHANGES_PER_LOOK = 32;

/**
 * Writes a checkpoint as one commit without holding up the event loop.
 *
 * The library makes one transaction of what is queued when its writer thread begins. Queueing 50 000 changes takes
 * longer than a turn may last, and a transaction of the library that spans turns would show its changes to every read
 * meanwhile. So a second handle on the same environment holds LMDB's one write lock, with a transaction that
 * writes nothing, while the changes are queued slice by slice; once it lets go, the writer thread finds all of
 * them and commits them together.
 */
export async function writeCheckpoint(
  environment: Environment,
  gate: Environment,
  tables: TreeTables,
  checkpoint: Checkpoint,
): Promise<void> {
  let release: () => void = () => {};
  const hold = gate.holdWrites(
    new Promise<void>((resolve) => {
      release = resolve;
    }),
  );
  await Promise.race([hold.entered, hold.left]);
  const commits: Promise<unknown>[] = [];
  try {
    for (const slice of slices(tables, checkpoint)) {
      const commit = environment.commit(slice);
      // Looked at below; until then a rejection must not count as unhandled.
      commit.catch(() => {});
      commits.push(commit);
      await nextTurn();
    }
  } finally {
    release();
    await hold.left;
  }
  await Promise.all(commits);
}

function* slices(tables: TreeTables, checkpoint: Checkpoint): Generator<() => void> {
  const changes = changesOf(tables, checkpoint);
  let isDone = false;
  while (!isDone) {
    yield () => {
      const end = performance.now() + SLICE_MS;
      do {
        for (let count = 0; count < CHANGES_PER_LOOK && !isDone; count++) {
          isDone = changes.next().done === true;
        }
      } while (!isDone && performance.now() < end);
    };
  }
}

/** Stages one change each time it is asked; the mark comes last. */
function* changesOf(tables: TreeTables, checkpoint: Checkpoint): Generator<void> {
  for (const [path, node] of checkpoint.nodes) {
    if (node === null) void tables.nodes.remove(path);
    else void tables.nodes.put(path, encodeNode(node, isHashed(path) ? path : undefined));
    yield;
  }
  for (const [sessionId, session] of checkpoint.sessions) {
    if (session === null) void tables.sessions.remove(sessionKey(sessionId));
    else void tables.sessions.put(sessionKey(sessionId), encodeSession(session));
    yield;
  }
  for (const [path, isThere] of checkpoint.reapables) {
    if (isThere) tables.reapables.put(path);
    else tables.reapables.remove(path);
    yield;
  }
  tables.reapables.markExactAt(checkpoint.zxid);
  void tables.marks.put(MARK_KEY, encodeMark(checkpoint.zxid, checkpoint.totals));
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
