import { Comparison, type Difference } from './comparison.ts';
import type { Arrival } from './field.ts';
import type { KnownDifferences } from './known-differences.ts';
import { type Pair, performBoth, type Servers } from './servers.ts';
import { PLAIN_CONNECTING, type Step } from './step.ts';
import type { Tally } from './tally.ts';
import type { Transcript, World } from './world.ts';

/** Where two services part. */
export interface Failure {
  /** Everything that was done, the failing step last. */
  readonly steps: readonly Step[];
  readonly difference: Difference;
  readonly answers: Pair<Transcript>;
  /** What ZooKeeper wrote to its log during the failing step. */
  readonly log: string;
}

const AUDITOR = 'auditor';

/**
 * Runs a script on both services and compares after every step; at its end one who may read everything walks both
 * trees. `undefined` where nothing is different but what is known.
 */
export async function run(
  servers: Servers,
  steps: readonly Step[],
  known: KnownDifferences,
  tally: Tally,
  watch: { readonly signal?: AbortSignal; readonly progress?: () => void } = {},
): Promise<Failure | undefined> {
  const worlds = servers.worlds();
  const comparison = new Comparison((difference) => known.judge(difference));
  const done: Step[] = [];
  const perform = async (step: Step): Promise<Failure | Pair<Transcript>> => {
    const logged = servers.logLength;
    const answers = await performBoth(worlds, step);
    done.push(step);
    const outcome = comparison.compare(step, answers.zookeeper, answers.vivarium);
    tally.count(step, answers.zookeeper, outcome);
    for (const session of outcome.drops) {
      await performBoth(worlds, { do: 'drop', session });
    }
    const { difference } = outcome;
    if (difference === undefined) return answers;
    return { steps: [...done], difference, answers, log: servers.logSince(logged) };
  };
  try {
    for (const step of steps) {
      if (watch.signal?.aborted === true) return undefined;
      watch.progress?.();
      const found = await perform(step);
      if ('difference' in found) return found;
    }
    return await audit(perform);
  } finally {
    await end(worlds);
    await servers.clear();
  }
}

async function end(worlds: Pair<World>): Promise<void> {
  await Promise.all([worlds.zookeeper.end(), worlds.vivarium.end()]);
}

/** Every node's data, ACL and children, as the super user sees them. */
async function audit(
  perform: (step: Step) => Promise<Failure | Pair<Transcript>>,
): Promise<Failure | undefined> {
  const connect = await perform({ ...PLAIN_CONNECTING, session: AUDITOR });
  if ('difference' in connect) return connect;
  const auth = { op: 'auth', fields: { type: 0, scheme: 'digest', auth: 'super:test' } } as const;
  const allowed = await perform({ do: 'send', session: AUDITOR, requests: [auth] });
  if ('difference' in allowed) return allowed;
  const paths = ['/'];
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    const fields = { path, watch: false };
    const found = await perform({
      do: 'send',
      session: AUDITOR,
      requests: [
        { op: 'getChildren2', fields },
        { op: 'getData', fields },
        { op: 'getAcl', fields: { path } },
      ],
    });
    if ('difference' in found) return found;
    const parent = path === '/' ? '' : path;
    for (const name of namesIn([...found.zookeeper.values()].flat()))
      paths.push(`${parent}/${name}`);
  }
  return undefined;
}

function namesIn(arrivals: readonly Arrival[]): string[] {
  for (const arrival of arrivals) {
    if (arrival.kind !== 'reply') continue;
    for (const field of arrival.fields) {
      if (field.name !== 'names' || field.kind !== 'plain') continue;
      const names: unknown = JSON.parse(field.text);
      return Array.isArray(names) ? names.map(String) : [];
    }
  }
  return [];
}
