import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { hex, type Zxid } from '../../machines/zab/zxid.ts';
import type { Done, LogPort, SnapshotSink, Store, TreePort } from '../../runtime/ports.ts';
import { InconsistentHistory } from '../error.ts';
import type { Adoption } from '../history-state.ts';
import { checkDataFile } from './data-file.ts';
import { DirectoryLock } from './directory-lock.ts';
import { Environment } from './environment.ts';
import { asStorageError } from './failure.ts';
import { flushFilesSync } from './file-flush.ts';
import { LmdbLog } from './log.ts';
import { LmdbSnapshotSink } from './snapshot-sink.ts';
import { LmdbTree } from './tree.ts';
import { checkTreeFile } from './tree-file.ts';

/** For the member alone: the files hold the data and the passwords of sessions. */
const DIRECTORY_MODE = 0o700;

/** The points of an installation between which a process may die; each is reached with all before it durable. */
export type InstallStep = 'received' | 'committed' | 'opened';

export interface LmdbStoreOptions {
  /**
   * Room that the log of a new member takes at once, bytes; 0 unless given. Until a purge has left pages to be used
   * again, it makes a commit about 15 % faster.
   */
  readonly logReservedBytes?: number;
  /** Of a new directory; 1 unless given (see `LogPort.incarnation`). */
  readonly firstIncarnation?: number;
  /** Told of each step of the installation of a snapshot; it goes on when the promise settles. */
  readonly onInstallStep?: (step: InstallStep) => Promise<void>;
}

/**
 * Opens the storage of a member: of the log only the keys are read, of the tree nothing. In `directory`:
 *
 *   lock/               keeps other processes out
 *   log/                the transaction log, the epochs, and the number of the tree that belongs to it
 *   tree.<generation>/  the znodes; any other generation is a snapshot that was never installed, or a former tree
 *
 * @throws DirectoryInUse, CorruptRecord, InconsistentHistory, StorageError
 */
export function openLmdbStore(directory: string, options: LmdbStoreOptions = {}): Store {
  return new LmdbStore(resolve(directory), options);
}

class LmdbStore implements Store {
  readonly #directory: string;
  readonly #options: LmdbStoreOptions;
  readonly #lock: DirectoryLock;
  readonly #logEnvironment: Environment;
  readonly #log: LmdbLog;
  #tree: LmdbTree;
  /** Counts snapshots received since the start, so that each has a directory of its own. */
  #lastGeneration: number;

  constructor(directory: string, options: LmdbStoreOptions) {
    this.#directory = directory;
    this.#options = options;
    const open: { close(): Promise<void> }[] = [];
    try {
      mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
      this.#lock = new DirectoryLock(directory);
      open.push(this.#lock);
      // What it acknowledged must not go missing unseen; and its purges keep the file small enough to be gone through.
      checkDataFile(join(directory, 'log/data.mdb'), {});
      this.#logEnvironment = new Environment(join(directory, 'log'));
      open.push(this.#logEnvironment);
      this.#log = new LmdbLog(
        this.#logEnvironment,
        () => this.#tree.zxid,
        options.logReservedBytes ?? 0,
        options.firstIncarnation ?? 1,
      );
      const generation = this.#log.treeGeneration;
      this.#lastGeneration = generation;
      removeOtherTrees(directory, generation, this.#log.isNew);
      checkTreeFile(join(this.#treePath(generation), 'data.mdb'));
      this.#tree = new LmdbTree(this.#treePath(generation), this.#log);
      open.push(this.#tree);
      checkTree(directory, this.#log, this.#tree);
      // A file is found again after a power loss only when its entry in the directory is on the disk.
      const { path } = this.#logEnvironment;
      flushFilesSync(path, this.#treePath(generation), directory, dirname(directory));
    } catch (error) {
      for (const part of open) void part.close();
      throw asStorageError(error, `cannot open ${directory}`);
    }
  }

  get log(): LogPort {
    return this.#log;
  }

  get tree(): TreePort {
    return this.#tree;
  }

  receiveSnapshot(zxid: Zxid): SnapshotSink {
    this.#lastGeneration++;
    const generation = this.#lastGeneration;
    const path = this.#treePath(generation);
    return new LmdbSnapshotSink(zxid, path, {
      install: (snapshotZxid, history) => this.#install(snapshotZxid, generation, history),
      discard: () => rm(path, { recursive: true, force: true }),
    });
  }

  close(done: Done): void {
    this.#log.close(async () => {
      try {
        await this.#tree.close();
        await this.#logEnvironment.close();
        await this.#lock.close();
      } catch (error) {
        done(asStorageError(error, `cannot close ${this.#directory}`));
        return;
      }
      done();
    });
  }

  /**
   * The one commit of the log in the middle is the installation: it names the new tree and replaces the history
   * together. Before it the old tree and the old log stand, after it the new ones; opening removes whichever
   * tree is not named.
   */
  async #install(
    zxid: Zxid,
    treeGeneration: number,
    history: Omit<Adoption, 'keepThrough'>,
  ): Promise<void> {
    const former = this.#log.treeGeneration;
    await this.#options.onInstallStep?.('received');
    await new Promise<void>((settle, fail) => {
      this.#log.install({ zxid, treeGeneration }, history, (error) => {
        if (error === undefined) settle();
        else fail(error);
      });
    });
    await this.#options.onInstallStep?.('committed');
    await this.#tree.close();
    this.#tree = new LmdbTree(this.#treePath(treeGeneration), this.#log);
    await this.#options.onInstallStep?.('opened');
    await rm(this.#treePath(former), { recursive: true, force: true });
  }

  #treePath(generation: number): string {
    return join(this.#directory, `tree.${generation}`);
  }
}

/** @throws InconsistentHistory for a log that is new beside a tree that some log had named */
function removeOtherTrees(directory: string, generation: number, isLogNew: boolean): void {
  for (const name of readdirSync(directory)) {
    if (!name.startsWith('tree.') || name === `tree.${generation}`) continue;
    if (isLogNew) {
      throw new InconsistentHistory(`${directory}: the log is empty, but there is ${name}`);
    }
    rmSync(join(directory, name), { recursive: true, force: true });
  }
}

/** The tree is between the first and the last txn of the log, or one of the two is not of this member. */
function checkTree(directory: string, log: LmdbLog, tree: LmdbTree): void {
  if (tree.zxid > log.lastZxid) {
    throw new InconsistentHistory(
      `${directory}: the tree is at zxid ${hex(tree.zxid)}, the log ends at ${hex(log.lastZxid)}`,
    );
  }
  if (tree.zxid < log.baseZxid) {
    throw new InconsistentHistory(
      `${directory}: the tree is at zxid ${hex(tree.zxid)}, the log begins after ${hex(log.baseZxid)}`,
    );
  }
}
