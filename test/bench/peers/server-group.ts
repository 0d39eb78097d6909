import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Address } from '../../client/connection.ts';
import { freePorts } from '../../ensemble/free-port.ts';
import { type Command, ManagedProcess } from '../../ensemble/managed-process.ts';

export interface ServerPlace extends Address {
  readonly id: number;
  /** For the other servers of the group. */
  readonly peerPort: number;
  readonly directory: string;
}

/** Servers of one kind on free ports of loopback, each with a directory of its own. */
export class ServerGroup {
  readonly places: readonly ServerPlace[];
  readonly #directory: string;
  readonly #processes: readonly ManagedProcess[];

  private constructor(
    directory: string,
    places: readonly ServerPlace[],
    processes: readonly ManagedProcess[],
  ) {
    this.#directory = directory;
    this.places = places;
    this.#processes = processes;
  }

  static async start(
    name: string,
    count: number,
    command: (place: ServerPlace, all: readonly ServerPlace[]) => Command,
  ): Promise<ServerGroup> {
    const directory = mkdtempSync(join(tmpdir(), `${name}-`));
    const base = await freePorts(2 * count);
    const places = Array.from({ length: count }, (_, index) => ({
      id: index + 1,
      host: '127.0.0.1',
      port: base + index,
      peerPort: base + count + index,
      directory: join(directory, String(index + 1)),
    }));
    const processes = places.map((place) => {
      mkdirSync(place.directory, { mode: 0o700 });
      const log = join(directory, `${place.id}.log`);
      return new ManagedProcess(`${name} ${place.id}`, command(place, places), log);
    });
    for (const process of processes) process.start();
    return new ServerGroup(directory, places, processes);
  }

  pids(): number[] {
    return this.#processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** The end of what they have said, for an error. */
  complaints(): string {
    return this.#processes.map((process) => process.log().slice(-1000)).join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
