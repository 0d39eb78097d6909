import type { Mutant } from '../mutant.ts';
import { BROADCAST } from './broadcast.ts';
import { CLIENTS } from './clients.ts';
import { DISCOVERY } from './discovery.ts';
import { LEADERLESS } from './leaderless.ts';
import { LINKS } from './links.ts';
import { OBSERVERS } from './observers.ts';
import { REAPING } from './reaping.ts';
import { SESSIONS } from './sessions.ts';
import { STORAGE } from './storage.ts';
import { SYNCHRONIZATION } from './synchronization.ts';
import { TREE } from './tree.ts';
import { WATCHES } from './watches.ts';

export const MUTANTS: readonly Mutant[] = [
  ...DISCOVERY,
  ...SYNCHRONIZATION,
  ...BROADCAST,
  ...OBSERVERS,
  ...LINKS,
  ...STORAGE,
  ...SESSIONS,
  ...LEADERLESS,
  ...CLIENTS,
  ...TREE,
  ...REAPING,
  ...WATCHES,
];
