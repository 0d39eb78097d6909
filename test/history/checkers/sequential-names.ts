import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { type Invocation, wordsOf } from '../model/invocation.ts';
import { parentOf } from '../model/path.ts';
import type { ClientResult, MultiPart } from '../request.ts';
import { zxidText } from '../zxid-text.ts';

interface Named {
  readonly path: string;
  readonly number: number;
  readonly zxid: number;
}

/** Sequential creates under one parent get numbers that grow with the order in which they are committed (reference §3.4). */
export class SequentialNames implements Checker {
  readonly name = 'sequential names';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;
  /** By parent and the zxid that made it: in the order of their zxids. */
  readonly #named = new Map<string, Named[]>();

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(event: HistoryEvent): string | undefined {
    const invocation = this.#record.answered?.invocation;
    if (event.type !== 'reply' || event.code !== 0 || invocation === undefined) return undefined;
    for (const [asked, given] of namesIn(invocation, event.result)) {
      const broken = this.#name(asked, given, event.zxid);
      if (broken !== undefined) return `${wordsOf(invocation)}: ${broken}`;
    }
    return undefined;
  }

  end(): undefined {
    return undefined;
  }

  #name(asked: string, path: string, zxid: number): string | undefined {
    const digits = path.slice(asked.length);
    if (!path.startsWith(asked) || !/^\d{10}$/.test(digits)) {
      return `${path} is not ${asked} and ten digits`;
    }
    const parent = parentOf(path);
    const czxid = this.#record.tree.versions.at(parent, zxid)?.czxid;
    // In the txn that made it, a parent may have been made more than once.
    if (czxid === undefined || czxid === zxid) return undefined;
    const key = `${parent}@${czxid}`;
    const named = this.#named.get(key) ?? [];
    this.#named.set(key, named);
    const one = { path, number: Number(digits), zxid };
    // Replies come nearly in the order of their zxids.
    let at = named.length;
    while (at > 0 && (named[at - 1]?.zxid ?? 0) > zxid) at--;
    const before = named[at - 1];
    const after = named[at];
    named.splice(at, 0, one);
    if (before !== undefined && before.number >= one.number) return outOfOrder(before, one);
    if (after !== undefined && after.number <= one.number) return outOfOrder(one, after);
    return undefined;
  }
}

function outOfOrder(before: Named, after: Named): string {
  return `${before.path} was made at ${zxidText(before.zxid)} and ${after.path} at ${zxidText(after.zxid)}: numbers have to grow`;
}

/** What was asked for, and what it was called. */
function namesIn({ request }: Invocation, result: ClientResult): [asked: string, given: string][] {
  const names: [string, string][] = [];
  const add = (part: MultiPart, given: string | undefined) => {
    if (part.op !== 'create' || given === undefined) return;
    if ([2, 3, 6].includes(part.mode)) names.push([part.path, given]);
  };
  if (request.op === 'create') add(request, result.path);
  if (request.op === 'multi') {
    for (const [at, part] of request.parts.entries()) add(part, result.parts?.[at]?.path);
  }
  return names;
}
