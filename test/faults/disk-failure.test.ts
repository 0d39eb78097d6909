import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from '../client/client.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble, type Member, serviceUnderTest } from '../ensemble.ts';
import { missing } from '../interop/requirement.ts';
import { checkHistory } from './history.ts';
import { SteadyLoad } from './steady-load.ts';
import { FLUSHES, failSystemCalls, WRITES } from './system-call-fault.ts';

const skip =
  serviceUnderTest() === 'zookeeper'
    ? "Apache ZooKeeper's process stays, without serving"
    : missing(['/usr/bin/strace']);

/** No checkpoint comes between the record that is damaged and the start that must find it. */
const SETTINGS = { 'checkpoint.intervalMs': 600_000 };

describe('a member whose disk fails', { skip }, () => {
  let ensemble: Ensemble;
  let load: SteadyLoad;

  before(async () => {
    if (skip !== false) return;
    ensemble = await Ensemble.start({ settings: SETTINGS });
    load = await SteadyLoad.start(ensemble.members);
  });
  after(async () => {
    load?.abandon();
    await ensemble?.stop();
  });

  /** That the member ends by itself, with the reason in its last line, while the others go on. */
  async function stopsItself(member: Member, reason: RegExp): Promise<string> {
    await eventually('the end of the process', 20_000, () => !member.process.alive);
    const code = await member.process.ended();
    const lines = member.process.log().trimEnd().split('\n');
    await goesOn();
    // lmdb 3.5.6 writes its text about a failed write over the end of a buffer: the process may be aborted for that
    // before it can say its sentence, or after. Either way it has stopped, and lmdb has said why.
    const aborted = code === null && lines.find((line) => line.startsWith('Write error: '));
    const last = aborted || lines.at(-1);
    if (!aborted) assert.match(last ?? '', /^vivarium: .* stopped itself: /);
    assert.match(last ?? '', reason);
    return last ?? '';
  }

  async function goesOn(): Promise<void> {
    const afterMs = performance.now();
    await eventually('every client writing', 30_000, () =>
      load.writers.every((writer) => writer.lastAcknowledgedMs > afterMs),
    );
  }

  for (const [name, calls, error, reason] of [
    ['is full', WRITES, 'ENOSPC', /No space left|ENOSPC|full/i],
    ['cannot flush', FLUSHES, 'EIO', /Input\/output error|EIO/i],
  ] as const) {
    for (const role of ['follower', 'leader'] as const) {
      test(`${role}: the disk ${name}`, { timeout: 90_000 }, async (context) => {
        const [follower] = await ensemble.followers();
        const member = role === 'leader' ? await ensemble.leader() : follower;
        assert.ok(member?.process.pid);
        const heal = await failSystemCalls(member.process.pid, member.dataDir, calls, error);
        try {
          context.diagnostic(await stopsItself(member, reason));
        } finally {
          heal();
          await member.process.kill();
          member.process.start();
        }
        await ensemble.serving();
        await goesOn();
      });
    }
  }

  test('a damaged record is found, and the member can be made anew', {
    timeout: 90_000,
  }, async (context) => {
    const [member] = await ensemble.followers();
    assert.ok(member);
    const client = await Client.connect([member]);
    await client.create('/damaged', 'a-record-to-be-damaged');
    await client.close();
    await member.process.kill();
    assert.ok(damage(member.dataDir, 'a-record-to-be-damaged') > 0, 'the record was not found');
    member.process.start();
    context.diagnostic(await stopsItself(member, /checksum does not match/));
    member.wipe();
    member.process.start();
    await ensemble.serving();
  });

  test('everything acknowledged is on every member afterwards', {
    timeout: 60_000,
  }, async (context) => {
    await load.stop();
    await ensemble.settled();
    context.diagnostic(JSON.stringify(await checkHistory(load, ensemble.members)));
    await load.close();
  });
});

/** Changes one bit in every copy of `text` in the files below `directory`; how many there were. */
function damage(directory: string, text: string): number {
  let found = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = readFileSync(file);
    const before = found;
    for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) {
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      found += 1;
    }
    if (found > before) writeFileSync(file, bytes);
  }
  return found;
}
