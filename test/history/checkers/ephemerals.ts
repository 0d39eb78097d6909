import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { EVENT_KIND } from '../model/change.ts';
import type { CommittedTxn } from '../model/committed-txn.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import { wordsOf } from '../model/invocation.ts';
import type { ClientResult } from '../request.ts';
import { zxidText } from '../zxid-text.ts';

/**
 * Ephemerals live exactly as long as their session: its end takes all of them, in its own txn and nothing else with it, none is made
 * for a session that is not there, and none is seen after it (reference §9.2, §11.10).
 */
export class Ephemerals implements Checker {
  readonly name = 'ephemerals';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;

  constructor(record: HistoryRecord) {
    this.#record = record;
  }

  see(event: HistoryEvent): string | undefined {
    for (const txn of this.#record.fresh) {
      const broken = txn.kind === 'closeSession' ? takesOthers(txn) : undefined;
      if (broken !== undefined) return broken;
    }
    const invocation = this.#record.answered?.invocation;
    if (event.type !== 'reply' || invocation === undefined) return undefined;
    for (const owner of ownersIn(event.result)) {
      const session = this.#record.tree.sessions.get(owner);
      const { zxid } = event;
      if (session !== undefined && session.openedZxid <= zxid) {
        if (session.closedZxid === undefined || session.closedZxid > zxid) continue;
        return `${wordsOf(invocation)} shows at ${zxidText(zxid)} an ephemeral of session ${zxidText(owner)}, which was closed at ${zxidText(session.closedZxid)}`;
      }
      return `${wordsOf(invocation)} shows at ${zxidText(zxid)} an ephemeral of session ${zxidText(owner)}, which was not there`;
    }
    return undefined;
  }

  end(): undefined {
    return undefined;
  }
}

function takesOthers({ zxid, session, paths, outcome }: CommittedTxn): string | undefined {
  if (paths === undefined) return undefined;
  const told = [...paths].sort();
  const owned = outcome.changes
    .filter(({ kind }) => kind === EVENT_KIND.deleted)
    .map(({ path }) => path)
    .sort();
  if (told.join() === owned.join()) return undefined;
  return `${zxidText(zxid)} closes session ${zxidText(session)} and takes [${told.join(', ')}], and the session owned [${owned.join(', ')}]`;
}

function ownersIn({ stat, parts }: ClientResult): number[] {
  const stats = [stat, ...(parts ?? []).map((part) => part.stat)];
  return stats.map((one) => one?.ephemeralOwner ?? 0).filter((owner) => owner !== 0);
}
