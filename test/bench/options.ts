import { parseArgs } from 'node:util';
import type { PeerName, Row } from './row.ts';

export interface Options {
  readonly group: Row['group'];
  readonly rows: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly members: number;
  /** Without Vivarium, which is always measured. */
  readonly peers: readonly PeerName[];
  readonly revision?: string;
  readonly json?: string;
  readonly profile?: string;
  /** Part of the nodes, sessions and kills of the large rows. */
  readonly size: number;
  readonly isList: boolean;
  readonly isHelp: boolean;
}

export const USAGE = `Measures Vivarium beside other services on this machine, in alternating rounds, and holds it against its targets.

  npm run bench -- [options]
  npm run bench:scale -- [options]     how throughput and memory go with nodes, connections and members

  --rows A,B      only the rows called one of these texts, or with it in their name
  --rounds N      rounds; the table has medians and their spread (3)
  --seconds N     measured in each run, after --warm-up seconds (5)
  --warm-up N     (2)
  --members N     voting members of each ensemble (3)
  --peers LIST    zookeeper, etcd, jetstream, or none (all that are installed)
  --vs REV        another revision of this project (a commit, a tag) instead of the peers
  --size PART     of the nodes, sessions and kills of the large rows, to try them: 0.01; targets are for 1 (1)
  --group NAME    compare, or scale (compare)
  --json FILE     writes all raw figures
  --profile DIR   of Vivarium's members: processor time and memory, a file of each for every member that has run
  --list          shows the rows and their targets
  --help

Everything is kept in a directory of its own below TMPDIR, and removed at the end: the disk under it is the one measured.
`;

const PEERS: readonly PeerName[] = ['zookeeper', 'etcd', 'jetstream'];

/** A wrong command line; the message is for the person who typed it. */
export class UsageError extends Error {}

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const revision = values.vs;
  if (revision !== undefined && values.peers !== undefined) {
    throw new UsageError(
      '--vs measures the other revision instead of the peers: leave out --peers',
    );
  }
  const group = values.group;
  if (group !== 'compare' && group !== 'scale') {
    throw new UsageError(`--group is compare or scale, not "${group}"`);
  }
  return {
    group,
    rows: words(values.rows),
    rounds: number('rounds', values.rounds, { min: 1, isWhole: true }),
    seconds: number('seconds', values.seconds, { min: 0.1 }),
    warmUp: number('warm-up', values['warm-up'], { min: 0 }),
    members: number('members', values.members, { min: 1, isWhole: true }),
    peers: revision === undefined ? peers(values.peers) : ['revision'],
    ...(revision === undefined ? {} : { revision }),
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.profile === undefined ? {} : { profile: values.profile }),
    size: number('size', values.size, { min: 0.0001, max: 1 }),
    isList: values.list,
    isHelp: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rows: { type: 'string', default: '' },
        rounds: { type: 'string', default: '3' },
        seconds: { type: 'string', default: '5' },
        'warm-up': { type: 'string', default: '2' },
        members: { type: 'string', default: '3' },
        peers: { type: 'string' },
        vs: { type: 'string' },
        size: { type: 'string', default: '1' },
        group: { type: 'string', default: 'compare' },
        json: { type: 'string' },
        profile: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function words(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function peers(text: string | undefined): PeerName[] {
  if (text === undefined) return [...PEERS];
  const asked = words(text);
  if (asked.length === 1 && asked[0] === 'none') return [];
  return asked.map((name) => {
    const peer = PEERS.find((candidate) => candidate === name);
    if (peer === undefined) {
      throw new UsageError(`--peers knows ${PEERS.join(', ')} and none, not "${name}"`);
    }
    return peer;
  });
}

function number(
  name: string,
  text: string,
  { min, max = Number.POSITIVE_INFINITY, isWhole = false }: Bounds,
): number {
  const value = Number(text);
  const isGood = text.trim() !== '' && value >= min && value <= max;
  if (!isGood || (isWhole && !Number.isInteger(value))) {
    const kind = isWhole ? 'a whole number' : 'a number';
    const bounds = Number.isFinite(max) ? `from ${min} to ${max}` : `of at least ${min}`;
    throw new UsageError(`--${name} is ${kind} ${bounds}, not "${text}"`);
  }
  return value;
}

interface Bounds {
  readonly min: number;
  readonly max?: number;
  readonly isWhole?: boolean;
}
