import type { RunningActor } from './actor.ts';

/** What is told of a leader: how many learn from it, and how many of each kind are in step. */
export interface LeaderFigures {
  readonly learners: number;
  readonly syncedFollowers: number;
  /** Those that follow, though they are not among the voters that the leader knows. */
  readonly syncedNonVotingFollowers: number;
  readonly syncedObservers: number;
  /** Answers that wait until it is sure that it still leads. */
  readonly unconfirmed: number;
  readonly epoch: number;
}

/** Figures of the leader's chart, taken from its view: the report sees what the inspector sees, and no more. */
export function leaderFigures(actor: RunningActor | undefined): LeaderFigures | undefined {
  const view = actor?.view;
  if (!isObject(view) || !Array.isArray(view.learners)) return undefined;
  const synced = view.learners
    .filter(isObject)
    .filter(({ stage }) => stage === 'synced' || stage === 'active');
  const count = (asked: string, isVoter: boolean) =>
    synced.filter(({ role, votes }) => role === asked && votes === isVoter).length;
  return {
    learners: view.learners.length,
    syncedFollowers: count('follower', true),
    syncedNonVotingFollowers: count('follower', false),
    syncedObservers: count('observer', false),
    unconfirmed: numberOf(view.unconfirmed) ?? 0,
    epoch: numberOf(view.epoch) ?? 0,
  };
}

/** When the leader lets sessions expire, on its running time; `undefined` where the actor does not lead. */
export function leaderExpiry(
  actor: RunningActor | undefined,
): { readonly timeMs: number; readonly sessionIds: readonly number[] }[] | undefined {
  const detail = actor?.detail;
  if (!isObject(detail) || !Array.isArray(detail.expiry)) return undefined;
  return detail.expiry.flatMap((entry: unknown) => {
    if (!Array.isArray(entry)) return [];
    const timeMs = numberOf(entry[0]);
    const ids: unknown = entry[1];
    if (timeMs === undefined || !Array.isArray(ids)) return [];
    return [{ timeMs, sessionIds: ids.filter((id) => typeof id === 'number') }];
  });
}

/** Whom the follower's chart follows, and in which epoch. */
export function followerFigures(
  actor: RunningActor | undefined,
): { readonly leader: number; readonly epoch: number } | undefined {
  const view = actor?.view;
  if (!isObject(view)) return undefined;
  const leader = numberOf(view.leader);
  return leader === undefined ? undefined : { leader, epoch: numberOf(view.epoch) ?? 0 };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
