import type { Ensemble } from '../../sim/world/ensemble.ts';
import { runText } from './txn-text.ts';
import { zxidText } from './zxid-text.ts';

const ALL_BYTES = 1 << 20;

/** The records that a member has on its disk. */
export function logReport(ensemble: Ensemble, member: number): string[] {
  const log = ensemble.log(member);
  const { firstZxid, lastZxid } = log;
  const begin = `log of ${member}`;
  if (firstZxid === 0 || firstZxid > lastZxid)
    return [`${begin}: no records, stands on ${zxidText(lastZxid)}`];
  // What a purge has left begins with its first record, and one may ask for what comes after a zxid only.
  return [...log.read(firstZxid - 1, lastZxid, ALL_BYTES)].map(
    (run) => `${begin}: ${runText(run)}`,
  );
}

/** One line a member, and whether those that run hold the same tree. */
export function statusReport(ensemble: Ensemble): string[] {
  const lines = ensemble.members.map((member) => {
    const { epochs, lastZxid } = ensemble.log(member);
    const applied = ensemble.isRunning(member) ? zxidText(ensemble.zxid(member)) : 'nothing';
    return (
      `${member} ${ensemble.role(member).padEnd(8)} accepted ${epochs.acceptedEpoch}, current ${epochs.currentEpoch}, ` +
      `log ends with ${zxidText(lastZxid)}, applied ${applied}`
    );
  });
  const digests = new Set(ensemble.running.map((member) => ensemble.digest(member)));
  return [...lines, digests.size === 1 ? 'all trees are the same' : 'the trees differ'];
}
