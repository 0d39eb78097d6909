import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { HistoryEvent } from '../history/event.ts';
import { create, HistoryScript, zxidOf } from '../history/history-script.ts';
import { checkHistory, type Verdict, wholeHistory } from './check-history.ts';
import { checkers } from './checkers.ts';

const directory = mkdtempSync(join(tmpdir(), 'check-history-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const VOTERS = [1, 2, 3];

/** The txns of one session that creates a node, as each member delivered them. */
function delivered(members: readonly number[], atMs = 0): HistoryEvent[] {
  const script = new HistoryScript();
  script.atMs = atMs;
  for (const member of members) {
    script.tell({ type: 'started', member, incarnation: 1, zxid: 0 });
  }
  const txns = [
    { session: zxidOf(1), cxid: 0, kind: 'createSession', timeoutMs: 4000 },
    { session: zxidOf(1), cxid: 1, kind: 'create' },
  ];
  for (const [index, txn] of txns.entries()) {
    for (const member of members) script.deliver(index + 1, txn, member);
  }
  return script.events;
}

/** What its client saw. */
function seen(path = '/a'): HistoryEvent[] {
  const script = new HistoryScript().wait(5).connect(1, 1).wait(1);
  script.invoke(1, 1, create('/a')).wait(1).reply(1, 1, 2, { path });
  return script.disconnect(1).tell({ type: 'phase', phase: 'end' }).events;
}

function fileOf(events: readonly HistoryEvent[]): string {
  const file = join(directory, 'history.ndjson');
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return file;
}

async function judge(
  members: readonly HistoryEvent[],
  clients: readonly HistoryEvent[],
): Promise<string[]> {
  const events = wholeHistory(members.values(), fileOf(clients));
  const verdicts = await checkHistory(events, checkers(VOTERS));
  const violated = ({ violation }: Verdict) => violation !== undefined;
  return verdicts.filter(violated).map(({ checker }) => checker);
}

test('a history in which all is well passes every checker', async () => {
  assert.deepEqual(await judge(delivered(VOTERS), seen()), []);
});

test('a txn stands before the reply that shows it, whatever the clock of its leader said', async () => {
  assert.deepEqual(await judge(delivered(VOTERS, 60_000), seen()), []);
});

test('an acknowledged write that no member has is found', async () => {
  const lost = delivered(VOTERS).filter((event) => !('cxid' in event && event.cxid === 1));
  assert.ok((await judge(lost, seen())).includes('acknowledged durable'));
});

test('a member that has less than the others in the end is found', async () => {
  const behind = delivered(VOTERS).filter(
    (event) => !('cxid' in event && event.cxid === 1 && 'member' in event && event.member === 3),
  );
  assert.deepEqual((await judge(behind, seen())).sort(), ['acknowledged durable', 'convergence']);
});

test('a reply that tells something else than was done is found', async () => {
  assert.ok((await judge(delivered(VOTERS), seen('/b'))).includes('linearizable writes'));
});
