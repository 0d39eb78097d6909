import type { SummaryFigures } from '../../machines/summary.ts';
import type { LeaderStatus, MemberStatus } from '../wire/member-status.ts';
import { versionText } from './server-text.ts';
import { decimal } from './text.ts';

type Row = readonly [name: string, value: number | string | undefined];

/** `mntr` (reference §14.2). What has no true value here has no line. */
export function monitorText(status: MemberStatus): string {
  return monitorRows(status)
    .map(([name, value]) => (value === undefined ? '' : `zk_${name}\t${value}\n`))
    .join('');
}

function monitorRows(status: MemberStatus): Row[] {
  const { latencyMs, leader } = status;
  return [
    ['version', versionText(status)],
    ['server_state', status.mode],
    ['peer_state', status.peerState],
    ['observer_master_id', status.observedLeader],
    ['avg_latency', decimal(latencyMs.average)],
    ['max_latency', latencyMs.max],
    ['min_latency', latencyMs.min],
    ['packets_received', status.received],
    ['packets_sent', status.sent],
    ['num_alive_connections', status.connections.length],
    ['outstanding_requests', status.outstanding],
    ['uptime', status.uptimeMs],
    ['znode_count', status.nodeCount],
    ['watch_count', status.watchCount],
    ['ephemerals_count', status.ephemeralCount],
    ['approximate_data_size', status.dataBytes],
    ['global_sessions', status.sessionCount],
    ['local_sessions', status.localSessionCount],
    ['open_file_descriptor_count', status.openFileDescriptors],
    ['max_file_descriptor_count', status.maxFileDescriptors],
    ['last_client_response_size', status.responseBytes.last],
    ['max_client_response_size', status.responseBytes.max],
    ['min_client_response_size', status.responseBytes.min],
    ['quorum_size', status.quorumSize],
    ...(leader === undefined ? [] : leaderRows(leader)),
    // Nobody observes by way of a follower here, but that is where a follower tells how many do (reference §14.2).
    ['synced_observers', status.mode === 'follower' ? 0 : undefined],
    ...status.counters,
    ...status.summaries.flatMap(([name, figures]) => summaryRows(name, figures)),
  ];
}

function leaderRows(leader: LeaderStatus): Row[] {
  const { last, min, max } = leader.proposalBytes ?? { last: -1, min: -1, max: -1 };
  return [
    ['learners', leader.learners],
    // The name before 3.6, by which exporters and alerts still ask.
    ['followers', leader.learners],
    ['synced_followers', leader.syncedFollowers],
    ['synced_non_voting_followers', leader.syncedNonVotingFollowers],
    ['synced_observers', leader.syncedObservers],
    ['pending_syncs', leader.pendingSyncs],
    ['leader_uptime', leader.uptimeMs],
    ['last_proposal_size', last],
    ['max_proposal_size', max],
    ['min_proposal_size', min],
  ];
}

function summaryRows(name: string, figures: SummaryFigures): Row[] {
  const { average, min, max, count, sum, percentiles } = figures;
  const rows: Row[] = [
    [`avg_${name}`, decimal(average)],
    [`min_${name}`, min],
    [`max_${name}`, max],
    [`cnt_${name}`, count],
    [`sum_${name}`, sum],
  ];
  if (percentiles === undefined) return rows;
  const [p50, p95, p99, p999] = percentiles;
  const levels: Row[] = [
    [`p50_${name}`, p50],
    [`p95_${name}`, p95],
    [`p99_${name}`, p99],
    [`p999_${name}`, p999],
  ];
  return [...rows, ...levels];
}
