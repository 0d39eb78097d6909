import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from '../client/client.ts';
import { Ensemble, type Member } from '../ensemble.ts';
import { missing } from '../interop/requirement.ts';
import { isFlush, isWrite, type SystemCall, SystemCallTrace } from './system-call-trace.ts';

const skip = missing(['/usr/bin/strace']);
/** Every flush of the member under suspicion is held back this long, so that whoever does not wait is early by as much. */
const FLUSH_DELAY_MS = 150;
const WRITES = 6;
const O_DSYNC = 0o10000;

/**
 * What is checked: with one member down, the leader and the one follower left are the only quorum. Writes go out one at a
 * time, each with data of its own; both processes are traced. For each write and each of the two processes: the data
 * was written to a file of the member, a flush of that file began after it and was over before the reply left for the client,
 * and nothing else that was written to that file before the reply was left without a flush. Flushes are held back on one side, then
 * on the other: an acknowledgement that does not wait for its flush then leaves far too early, whatever the timing.
 *
 * What is not: what the disk does after the system has answered; files written through a memory map (the data would
 * not be found, and the test would fail); a leader's own flush while two followers make a quorum without it.
 */
test('no acknowledgement leaves before the flush that covers it', {
  skip,
  timeout: 120_000,
}, async (context) => {
  const ensemble = await Ensemble.start();
  try {
    const leader = await ensemble.leader();
    const [follower, third] = await ensemble.followers();
    assert.ok(follower && third);
    await third.process.kill();
    await ensemble.serving([leader, follower]);
    for (const slow of [follower, leader]) {
      const latencies = await checkWrites(ensemble, leader, follower, slow);
      const role = slow === leader ? 'leader' : 'follower';
      context.diagnostic(
        `flushes of the ${role} held back by ${FLUSH_DELAY_MS} ms: ` +
          `replies after ${latencies.map((ms) => ms.toFixed(0)).join(', ')} ms`,
      );
    }
  } finally {
    await ensemble.stop();
  }
});

/** Writes with one member's flushes held back; how long each took, ms. */
async function checkWrites(
  ensemble: Ensemble,
  leader: Member,
  follower: Member,
  slow: Member,
): Promise<number[]> {
  const role = slow === leader ? 'leader' : 'follower';
  const client = await Client.connect([leader], { timeoutMs: 40_000 });
  await client.create(`/slow-${role}`);
  const traces = new Map<Member, SystemCallTrace>();
  for (const member of [leader, follower]) {
    const { pid } = member.process;
    assert.ok(pid);
    const file = join(ensemble.directory, `trace-${role}-${member.id}`);
    const delayMs = member === slow ? FLUSH_DELAY_MS : 0;
    traces.set(member, await SystemCallTrace.attach(pid, file, delayMs));
  }
  const marks = Array.from({ length: WRITES }, (_, index) => `flush-order-${role}-${index}-mark`);
  const latencies: number[] = [];
  for (const mark of marks) {
    const sent = performance.now();
    await client.set(`/slow-${role}`, mark);
    latencies.push(performance.now() - sent);
  }
  const calls = new Map<Member, SystemCall[]>();
  for (const [member, trace] of traces) calls.set(member, await trace.detach());
  assert.equal(client.reconnects, 0);

  const replies = repliesTo(client, calls.get(leader) ?? []);
  assert.equal(replies.length, WRITES, 'one reply, one piece');
  for (const [index, mark] of marks.entries()) {
    const reply = replies[index];
    assert.ok(reply);
    for (const member of [leader, follower]) {
      const who = `write ${index}, ${member === leader ? 'leader' : 'follower'}`;
      checkFlushed(member, calls.get(member) ?? [], mark, reply.entered, who);
    }
  }
  const early = latencies.filter((ms) => ms < FLUSH_DELAY_MS);
  assert.deepEqual(early, [], `replies before the ${role} can have flushed`);
  await client.close();
  return latencies;
}

/** What the member sent on this client's socket, in order. */
function repliesTo(client: Client, calls: readonly SystemCall[]): SystemCall[] {
  const peer = `->127.0.0.1:${client.localPort}]`;
  const mapped = `->[::ffff:127.0.0.1]:${client.localPort}]`;
  return calls.filter(
    (call) => isWrite(call) && (call.target.endsWith(peer) || call.target.endsWith(mapped)),
  );
}

function checkFlushed(
  member: Member,
  calls: readonly SystemCall[],
  mark: string,
  repliedAt: number,
  who: string,
): void {
  const written = calls.find(
    (call) =>
      isWrite(call) && call.target.startsWith(member.dataDir) && call.argumentsText.includes(mark),
  );
  assert.ok(written, `${who}: the data was not seen on its way to a file`);
  assert.ok(written.left < repliedAt, `${who}: the data was written after the reply`);
  const file = calls.filter((call) => call.target === written.target);
  const flushes = file.filter((call) => isFlush(call) && call.left < repliedAt);
  const unflushed = file.filter(
    (call) =>
      isWrite(call) &&
      call.entered >= written.entered &&
      call.entered < repliedAt &&
      !isSynchronous(member, call) &&
      !flushes.some((flush) => flush.entered >= call.left),
  );
  assert.deepEqual(unflushed, [], `${who}: written and not flushed before the reply`);
}

/** Whether the descriptor is one whose every write is flushed by itself. */
function isSynchronous(member: Member, call: SystemCall): boolean {
  const info = readFileSync(`/proc/${member.process.pid}/fdinfo/${call.descriptor}`, 'utf8');
  const flags = Number.parseInt(info.match(/^flags:\s+([0-7]+)$/m)?.[1] ?? '0', 8);
  return (flags & O_DSYNC) !== 0;
}
