import { readdir } from 'node:fs/promises';
import type { ActorDefinition, ConnectionActorDefinition } from './actor.ts';

/** The actors that a member runs: whatever the folder of actors holds. Adding a file adds an actor. */
export interface Roster {
  readonly actors: readonly ActorDefinition[];
  /** One of each for every client connection, by name. */
  readonly connectionActors: ReadonlyMap<string, ConnectionActorDefinition>;
}

const ACTORS = new URL('../actors/', import.meta.url);

/** @throws Error for a file that exports no actor */
export async function loadRoster(folder: URL = ACTORS): Promise<Roster> {
  const actors: ActorDefinition[] = [];
  const connectionActors = new Map<string, ConnectionActorDefinition>();
  for (const file of (await readdir(folder)).sort()) {
    if (!/\.[jt]s$/.test(file)) continue;
    const module: object = await import(new URL(file, folder).href);
    if ('actor' in module && isActor(module.actor)) actors.push(module.actor);
    else if ('connectionActor' in module && isConnectionActor(module.connectionActor)) {
      connectionActors.set(module.connectionActor.name, module.connectionActor);
    } else throw new Error(`${file} exports neither an actor nor a connectionActor`);
  }
  return { actors, connectionActors };
}

function isConnectionActor(candidate: unknown): candidate is ConnectionActorDefinition {
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    'name' in candidate &&
    typeof candidate.name === 'string' &&
    'chart' in candidate &&
    'view' in candidate
  );
}

function isActor(candidate: unknown): candidate is ActorDefinition {
  return isConnectionActor(candidate) && 'input' in candidate && 'ears' in candidate;
}
