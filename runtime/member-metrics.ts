import type { ServingRole } from '../machines/effect.ts';
import { Summary } from '../machines/summary.ts';
import type { Txn } from '../machines/znode/txn.ts';

/** What a member counts beside its requests, since it started; named after ZooKeeper's metrics (reference §14.2). */
export class MemberMetrics {
  /** Handshakes of clients, and those that come back with a session. */
  connectionRequests = 0;
  connectionRevalidates = 0;
  /** Handshakes for which the throttle had no token. */
  throttledConnections = 0;
  /** Questions to the leader whether a session lives. */
  revalidates = 0;
  /** How often the member began to look for a leader. */
  looks = 0;
  /** Learners that this member, leading, brought up to date from its log, and by a snapshot. */
  diffs = 0;
  snaps = 0;
  /** Txns committed while it led, and received and committed while it followed. */
  commits = 0;
  learnerProposals = 0;
  learnerCommits = 0;
  /** Handshakes that found no leader. */
  closedWithoutLeader = 0;
  readonly fsync = new Summary();
  readonly election = new Summary();
  readonly followerSync = new Summary();
  readonly observerSync = new Summary();
  readonly unavailable = new Summary();
  readonly leaderUnavailable = new Summary();
  readonly startupTxns = new Summary();
  readonly startupTxnsLoad = new Summary();
  readonly quorumAck = new Summary({ percentiles: true });
  readonly propagation = new Summary({ percentiles: true });
  readonly tokenDeficit = new Summary();

  #lookedMs = 0;
  #electedMs = 0;
  #ceasedMs = 0;

  looked(nowMs: number): void {
    this.looks += 1;
    this.#lookedMs = nowMs;
  }

  elected(nowMs: number): void {
    this.election.add(nowMs - this.#lookedMs);
    this.#electedMs = nowMs;
  }

  served(role: ServingRole, nowMs: number): void {
    this.unavailable.add(nowMs - this.#ceasedMs);
    if (role === 'leader') this.leaderUnavailable.add(nowMs - this.#ceasedMs);
    else {
      const sync = role === 'follower' ? this.followerSync : this.observerSync;
      sync.add(nowMs - this.#electedMs);
    }
  }

  ceased(nowMs: number): void {
    this.#ceasedMs = nowMs;
  }

  /** Committed txns are about to be applied, by a leader or by somebody who hears one. */
  delivered(txns: readonly Txn[], isLeader: boolean, wallMs: number): void {
    if (isLeader) this.commits += txns.length;
    else this.learnerCommits += txns.length;
    const latency = isLeader ? this.quorumAck : this.propagation;
    for (const { timeMs } of txns) latency.add(wallMs - timeMs);
  }

  /** By their names without `zk_`. */
  get counters(): (readonly [name: string, value: number])[] {
    return [
      ['connection_request_count', this.connectionRequests],
      ['connection_revalidate_count', this.connectionRevalidates],
      ['revalidate_count', this.revalidates],
      ['looking_count', this.looks],
      ['diff_count', this.diffs],
      ['snap_count', this.snaps],
      ['commit_count', this.commits],
      ['learner_proposal_received_count', this.learnerProposals],
      ['learner_commit_received_count', this.learnerCommits],
      ['cnxn_closed_without_zk_server_running', this.closedWithoutLeader],
    ];
  }

  get summaries(): (readonly [name: string, summary: Summary])[] {
    return [
      ['fsynctime', this.fsync],
      ['election_time', this.election],
      ['follower_sync_time', this.followerSync],
      ['observer_sync_time', this.observerSync],
      ['unavailable_time', this.unavailable],
      ['leader_unavailable_time', this.leaderUnavailable],
      ['startup_txns_loaded', this.startupTxns],
      ['startup_txns_load_time', this.startupTxnsLoad],
      ['quorum_ack_latency', this.quorumAck],
      ['propagation_latency', this.propagation],
      ['connection_token_deficit', this.tokenDeficit],
    ];
  }
}
