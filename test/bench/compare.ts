import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Ensemble } from '../ensemble.ts';
import { cpuSeconds, membersResidentMb } from './process-figures.ts';
import { figure, median, table } from './table.ts';
import { type Measurement, zkload } from './zkload.ts';

const USAGE = `Measures Vivarium beside Apache ZooKeeper (Debian's package) on this machine, in alternating rounds.

  node --import tsx test/bench/compare.ts [options]

  --rounds N       rounds; the table shows medians (3)
  --seconds N      measured in each run, after --warm-up seconds (4)
  --warm-up N      (2)
  --rows A,B       only the rows whose name contains one of these texts
  --members N      members of each ensemble (3)
  --only NAME      vivarium or zookeeper alone
`;

const ROWS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['set 100 B, 32 x 32', ['-o', 'set', '-c', '32', '-w', '32']],
  ['set 100 B, 32 x 1', ['-o', 'set', '-c', '32', '-w', '1']],
  ['set 100 B, one client', ['-o', 'set', '-c', '1', '-w', '1']],
  ['set 1 KB, 32 x 32', ['-o', 'set', '-c', '32', '-w', '32', '-b', '1024']],
  ['get 100 B, 32 x 32', ['-o', 'get', '-c', '32', '-w', '32']],
  ['get 100 B, 32 x 1', ['-o', 'get', '-c', '32', '-w', '1']],
  ['90/10 mix, 32 x 32', ['-o', 'mix', '-r', '90', '-c', '32', '-w', '32']],
  ['create 100 B, 32 x 32', ['-o', 'create', '-c', '32', '-w', '32']],
];

type Kind = 'vivarium' | 'zookeeper';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    'warm-up': { type: 'string', default: '2' },
    rows: { type: 'string', default: '' },
    members: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await compare();

async function compare(): Promise<void> {
  const wanted = values.rows.split(',');
  const rows = ROWS.filter(([name]) => wanted.some((text) => name.includes(text)));
  const kinds = (['vivarium', 'zookeeper'] as const).filter((kind) => kind.includes(values.only));
  const ensembles = new Map<Kind, Ensemble>();
  process.stdout.write(
    `${availableParallelism()} processors, load of the last minute ${figure(loadavg()[0] ?? 0)}\n`,
  );
  try {
    for (const service of kinds) {
      ensembles.set(service, await Ensemble.start({ service, members: Number(values.members) }));
    }
    await printIdle(ensembles);
    const results = new Map<string, Measurement[]>();
    for (let round = 1; round <= Number(values.rounds); round += 1) {
      // Whoever comes second finds the machine as the first has left it: they take turns.
      const order = round % 2 === 1 ? kinds : [...kinds].reverse();
      for (const [name, args] of rows) {
        for (const kind of order) {
          const measurement = await measure(ensembles, kind, args, round);
          const key = `${kind} ${name}`;
          results.set(key, [...(results.get(key) ?? []), measurement]);
          report(round, key, measurement);
        }
      }
    }
    print(rows, kinds, results);
    for (const [kind, ensemble] of ensembles) {
      process.stdout.write(`${kind}: resident MB ${membersResidentMb(ensemble).join(', ')}\n`);
    }
  } finally {
    for (const ensemble of ensembles.values()) await ensemble.stop();
  }
}

async function printIdle(ensembles: ReadonlyMap<Kind, Ensemble>): Promise<void> {
  const before = [...ensembles].map(([kind, ensemble]) => ({ kind, used: cpuSeconds(ensemble) }));
  await new Promise((resolve) => setTimeout(resolve, 5000));
  for (const { kind, used } of before) {
    const ensemble = ensembles.get(kind);
    const share = ensemble === undefined ? 0 : ((cpuSeconds(ensemble) - used) / 5) * 100;
    process.stdout.write(`${kind}: idle, uses ${figure(share)} % of a processor\n`);
  }
}

function measure(
  ensembles: ReadonlyMap<Kind, Ensemble>,
  kind: Kind,
  args: readonly string[],
  round: number,
): Promise<Measurement> {
  const ensemble = ensembles.get(kind);
  if (ensemble === undefined) throw new Error(`${kind} was not started`);
  const root = args.includes('create') ? `/create-${round}` : '/bench';
  const times = ['-s', values.seconds, '-u', values['warm-up'], '-p', root];
  return zkload(ensemble.connectString, [...args, ...times]);
}

function report(round: number, key: string, measurement: Measurement): void {
  const { perSecond, p50Ms, p99Ms, worstMs, failed, cpuSeconds: own, seconds } = measurement;
  const notes = [
    ...(failed > 0 ? [`${failed} FAILED`] : []),
    ...(own > 0.8 * (seconds + Number(values['warm-up'])) ? ['the generator is the limit'] : []),
  ];
  process.stdout.write(
    `round ${round}  ${key}: ${figure(perSecond)}/s, p50 ${figure(p50Ms)} ms, p99 ${figure(p99Ms)} ms, ` +
      `worst ${figure(worstMs)} ms${notes.map((note) => `, ${note}`).join('')}\n`,
  );
}

function print(
  rows: typeof ROWS,
  kinds: readonly Kind[],
  results: ReadonlyMap<string, readonly Measurement[]>,
): void {
  const of = (kind: Kind, name: string, field: 'perSecond' | 'p50Ms' | 'p99Ms') =>
    median((results.get(`${kind} ${name}`) ?? []).map((measurement) => measurement[field]));
  const cells = rows.map(([name]) => [
    name,
    ...kinds.map((kind) => figure(of(kind, name, 'perSecond'))),
    figure(of('vivarium', name, 'perSecond') / of('zookeeper', name, 'perSecond')),
    ...kinds.map((kind) => figure(of(kind, name, 'p50Ms'))),
    ...kinds.map((kind) => figure(of(kind, name, 'p99Ms'))),
  ]);
  const heads = [
    ['medians', ...kinds.map((kind) => `${kind}/s`), 'ratio'],
    kinds.map((kind) => `${kind} p50 ms`),
    kinds.map((kind) => `${kind} p99 ms`),
  ].flat();
  process.stdout.write(`\n${table([heads, ...cells])}\n\n`);
}
