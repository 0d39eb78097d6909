import { parseArgs } from 'node:util';
import { Client } from '../client/client.ts';
import { Ensemble } from '../ensemble.ts';
import { membersResidentMb } from './process-figures.ts';
import { figure } from './table.ts';
import { zkload } from './zkload.ts';

const USAGE = `Fills an ensemble with nodes, kills every process at once, starts again, and says how long the first write took.

  node --import tsx test/bench/restart.ts [options]

  --nodes N      how many (550000), of 100 bytes, in directories of 1000
  --times N      how often to kill and start again (3)
  --service S    vivarium or zookeeper (vivarium)
`;

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '550000' },
    times: { type: 'string', default: '3' },
    service: { type: 'string', default: 'vivarium' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await restart();

async function restart(): Promise<void> {
  const service = values.service === 'zookeeper' ? 'zookeeper' : 'vivarium';
  const ensemble = await Ensemble.start({ service });
  try {
    const fill = ['-o', 'fill', '-n', values.nodes, '-c', '16', '-w', '32', '-p', '/fill'];
    const { seconds, perSecond, worstMs, failed } = await zkload(ensemble.connectString, fill);
    say(
      `${values.nodes} nodes in ${figure(seconds)} s: ${figure(perSecond)}/s, ` +
        `worst ${figure(worstMs)} ms, ${failed} failed`,
    );
    sayMemory(ensemble);
    for (let time = 1; time <= Number(values.times); time += 1) await killAndStart(ensemble, time);
  } finally {
    await ensemble.stop();
  }
}

async function killAndStart(ensemble: Ensemble, time: number): Promise<void> {
  const before = await Client.connect(ensemble.members);
  await before.create(`/before-${time}`);
  before.abandon();
  await ensemble.killAll();
  const killedMs = performance.now();
  const all = ensemble.startAll();
  const client = await Client.connect(ensemble.members, { timeoutMs: 30_000 });
  await client.create(`/after-${time}`);
  const firstWriteMs = performance.now() - killedMs;
  if ((await client.exists(`/before-${time}`)) === undefined) throw new Error('a write is lost');
  await all;
  const allMs = performance.now() - killedMs;
  say(
    `start ${time}: first write after ${figure(firstWriteMs)} ms, all serve after ${figure(allMs)} ms`,
  );
  for (const member of ensemble.members) {
    const nodes = (await member.srvr())?.nodeCount ?? 0;
    if (nodes < Number(values.nodes)) throw new Error(`member ${member.id} holds ${nodes} nodes`);
  }
  await client.close();
  sayMemory(ensemble);
}

function sayMemory(ensemble: Ensemble): void {
  say(`resident MB of the members: ${membersResidentMb(ensemble).join(', ')}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
