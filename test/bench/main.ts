import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { judge } from './comparison.ts';
import { lookAtMachine, type Machine, machineText, versionIn } from './machine.ts';
import { type Options, readOptions, USAGE, UsageError } from './options.ts';
import { type Installed, installed, natsVersion } from './peers/installed.ts';
import { buildRevision, forgetRevisions, type Revision } from './peers/revision.ts';
import { Progress } from './progress.ts';
import { listText, peersText, rowText, summaryTable, verdictTable } from './report.ts';
import { Rounds } from './rounds.ts';
import type { PeerName, Row } from './row.ts';
import type { RowResult } from './row-result.ts';
import { resized } from './row-size.ts';
import { chooseRows } from './rows/all-rows.ts';
import { Stage } from './stage.ts';

const INTERRUPTED = 130;
const say = (line: string) => process.stdout.write(`${line}\n`);

// Whatever has hung and was given up must not keep this process.
process.exit(await main());

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.isHelp) {
      process.stdout.write(USAGE);
      return 0;
    }
    const rows = chooseRows(options.group, options.rows);
    if (rows.length === 0) throw new UsageError('no row has such a name; --list shows all');
    if (options.isList) {
      say(listText(rows));
      return 0;
    }
    return await measure(options, rows);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

async function measure(options: Options, rows: readonly Row[]): Promise<number> {
  if (versionIn('cc', ['--version'], /(.)/) === undefined) {
    throw new UsageError('there is no C compiler (cc): ops/interop.sh installs one on Debian');
  }
  const json = options.json === undefined ? undefined : emptyFile(options.json);
  const directory = mkdtempSync(join(tmpdir(), 'vivarium-bench-'));
  // Whatever a run makes, it makes below its own directory: one removal is all it takes, whenever it ends.
  process.env.TMPDIR = directory;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(INTERRUPTED));
  }
  let revision: Revision | undefined;
  process.on('exit', () => {
    // Its processes have been told to end, and may not have.
    if (process.env.KEEP === '1') say(`what the run has made is in ${directory}`);
    else rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    if (options.revision !== undefined) forgetRevisions();
  });
  const progress = new Progress(say);
  const machine = lookAtMachine(directory);
  say(machineText(machine));
  const asked = options.revision;
  if (asked !== undefined) {
    const build = () => buildRevision(asked, directory);
    revision = await progress.during(`builds revision ${asked}`, build);
  }
  const peers = choosePeers(options, revision);
  say(peersText([...peers].map(([name, of]) => [name, of.version, of.durability] as const)));
  say(sizeText(options, rows));
  const site = {
    voters: options.members,
    natsVersion: natsVersion() ?? '',
    ...(options.profile === undefined ? {} : { profile: resolve(options.profile) }),
    ...(revision === undefined ? {} : { program: revision.program }),
  };
  const rounds = new Rounds(
    { rounds: options.rounds, peers: [...peers.keys()] },
    (setting) => new Stage(setting, { ...options, site }),
    progress,
    say,
  );
  const results = await rounds.run(rows.map((row) => measuredRow(row, options)));
  for (const result of results) say(`\n${rowText(result)}`);
  const others = [...peers.keys()].filter((peer) => peer !== 'vivarium');
  for (const text of others.map((peer) => summaryTable(results, peer))) {
    if (text !== '') say(`\n${text}`);
  }
  say(`\n${verdictTable(results)}`);
  if (json !== undefined) {
    writeFileSync(
      json,
      `${JSON.stringify(rawFigures(options, machine, peers, results), null, 1)}\n`,
    );
    say(`all raw figures are in ${json}`);
  }
  return results.some(hasFailed) ? 1 : 0;
}

/** Made before anything is measured: a path that cannot be written is said at once. @throws UsageError */
function emptyFile(file: string): string {
  const path = resolve(file);
  try {
    writeFileSync(path, '');
    return path;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : `${path} cannot be written`);
  }
}

/** In the size that is asked for; another revision has no targets. */
function measuredRow(row: Row, { size, revision }: Options): Row {
  return { ...resized(row, size), ...(revision === undefined ? {} : { targets: [] }) };
}

/** Those that are asked for and installed, Vivarium first. What is missing is left out, and said. */
function choosePeers(options: Options, revision?: Revision): Map<PeerName, Installed> {
  const isAlone = options.peers.length === 0 || options.revision !== undefined;
  const wanted: PeerName[] = [
    'vivarium',
    ...options.peers,
    ...(isAlone ? [] : ['frames' as const]),
  ];
  const peers = new Map<PeerName, Installed>();
  for (const name of wanted) {
    const found = installed(name, revision?.commit);
    if (found !== undefined) peers.set(name, found);
    else if (name === 'vivarium') throw new UsageError('nats-server is not installed');
    else say(`${name} is not installed (ops/interop.sh installs it on Debian): it is left out`);
  }
  return peers;
}

function sizeText({ rounds, seconds, warmUp, members, size }: Options, rows: readonly Row[]) {
  const reduced =
    size === 1 ? '' : `; large rows at ${size} of their size: their targets say little`;
  return (
    `${rows.length} rows, ${rounds} rounds of ${seconds} s after ${warmUp} s of warming up, ` +
    `${members} members each${reduced}\n`
  );
}

function rawFigures(
  options: Options,
  machine: Machine,
  peers: ReadonlyMap<PeerName, Installed>,
  results: readonly RowResult[],
) {
  return {
    machine,
    options,
    peers: Object.fromEntries(peers),
    rows: results.map(({ row, outcomes }) => ({
      ...row,
      outcomes,
      verdicts: row.targets.map((target) => judge(outcomes, target)),
    })),
  };
}

function hasFailed({ outcomes }: RowResult): boolean {
  return outcomes.some(({ disqualified }) => disqualified?.startsWith('FAILED'));
}
