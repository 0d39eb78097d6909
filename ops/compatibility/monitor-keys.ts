import { absent, type Kind, type Proof, type Row, supported } from './row.ts';

const KEYS: Proof = [
  'test/interop/words.test.ts',
  'the recorded shapes are those of the real thing, and so are the keys of mntr',
];
const OURS: Proof = [
  'test/interop/words.test.ts',
  'mntr has the keys that the page of compatibility says',
];

/** Of every member. Summaries stand without avg_, min_, max_, cnt_, sum_ and p50_ to p999_. */
export const MEMBER_KEYS =
  `version server_state peer_state synced_observers avg_latency max_latency min_latency packets_received packets_sent
  num_alive_connections outstanding_requests uptime znode_count watch_count ephemerals_count approximate_data_size
  global_sessions local_sessions open_file_descriptor_count max_file_descriptor_count last_client_response_size
  max_client_response_size min_client_response_size quorum_size connection_rejected sessionless_connections_expired
  bytes_received_count response_bytes watch_bytes auth_failed_count proposal_count stale_sessions_expired
  digest_mismatches_count unrecoverable_error_count connection_request_count connection_revalidate_count revalidate_count
  looking_count diff_count snap_count commit_count learner_proposal_received_count learner_commit_received_count
  cnxn_closed_without_zk_server_running readlatency updatelatency snapshottime fsynctime election_time
  follower_sync_time observer_sync_time unavailable_time leader_unavailable_time startup_txns_loaded startup_txns_load_time
  quorum_ack_latency propagation_latency connection_drop_count connection_token_deficit large_requests_rejected
  node_created_watch_count node_deleted_watch_count node_changed_watch_count node_children_watch_count`.split(
    /\s+/,
  );
export const LEADER_KEYS =
  `learners followers synced_followers synced_non_voting_followers pending_syncs
  leader_uptime last_proposal_size max_proposal_size min_proposal_size`.split(/\s+/);
/** What ZooKeeper has no name for: checkpoints written, and links that had to begin anew. */
export const OWN_KEYS = ['snapshot_count', 'link_resets'];

/** Keys of reference §14.2 that are not told, by the reason. */
const ABSENT: readonly (readonly [why: string, names: string])[] = [
  [
    'there is no TLS for clients yet',
    'outstanding_tls_handshake non_mtls_remote_conn_count non_mtls_local_conn_count unsuccessful_handshake tls_handshake_exceeded insecure_admin_count netty_queued_buffer_capacity',
  ],
  ['members do not use SASL', 'ensemble_auth_success ensemble_auth_fail ensemble_auth_skip'],
  [
    'whole replies are not cached',
    'response_packet_cache_hits response_packet_cache_misses response_packet_get_children_cache_hits response_packet_get_children_cache_misses',
  ],
  [
    'watches go with their connection at once',
    'add_dead_watcher_stall_time dead_watchers_queued dead_watchers_cleared dead_watchers_cleaner_latency',
  ],
  [
    'there is no chain of request processors with queues between them',
    'prep_processor_request_queued outstanding_changes_queued outstanding_changes_removed request_commit_queued sync_processor_request_queued skip_learner_request_to_next_processor_count requests_not_forwarded_to_commit_processor prep_processor_queue_time_ms prep_processor_queue_size prep_process_time proposal_process_time close_session_prep_time commit_process_time sync_process_time sync_processor_queue_size sync_processor_batch_size sync_processor_queue_time_ms sync_processor_queue_and_flush_time_ms sync_processor_queue_flush_time_ms read_commitproc_time_ms write_commitproc_time_ms local_write_committed_time_ms server_write_committed_time_ms om_proposal_process_time_ms om_commit_process_time_ms read_final_proc_time_ms write_final_proc_time_ms requests_in_session_queue pending_session_queue_size reads_after_write_in_session_queue reads_issued_from_session_queue session_queues_drained time_waiting_empty_pool_in_commit_processor_read_ms write_batch_time_in_commit_processor concurrent_request_processing_in_commit_processor read_commit_proc_req_queued write_commit_proc_req_queued commit_commit_proc_req_queued read_commit_proc_issued write_commit_proc_issued learner_handler_qp_size learner_handler_qp_time_ms learner_request_processor_queue_size',
  ],
  [
    'requests of a connection that has gone are not looked for',
    'stale_requests stale_requests_dropped stale_replies',
  ],
  ['there is no Java machine to watch', 'jvm_pause_time_ms'],
  [
    'one row for each node below the root would have no bound',
    'write_per_namespace read_per_namespace quota_count_limit_per_namespace quota_bytes_limit_per_namespace quota_count_usage_per_namespace quota_bytes_usage_per_namespace quota_exceeded_error_per_namespace',
  ],
  [
    'snapshots are not taken or restored by command',
    'snapshot_error_count snapshot_rate_limited_count restore_error_count restore_rate_limited_count restore_time',
  ],
  [
    'there is no snapshot to load: a start opens the tree where it lies',
    'dbinittime startup_snap_load_time',
  ],
  [
    'not counted',
    'quit_leading_due_to_disloyal_voter proposal_latency proposal_ack_creation_latency commit_propagation_latency ack_latency inflight_snap_count inflight_diff_count socket_closing_time ttl_node_created_count ttl_node_deleted_count op_count_total',
  ],
  [
    'requests do not wait before they are taken in',
    'throttled_ops request_throttle_wait_count request_throttle_queue_time_ms',
  ],
  [
    'the throttle of connections turns away by tokens, never by chance',
    'connection_drop_probability',
  ],
];

export const monitorKeys: Kind = {
  title: 'Keys of mntr',
  of: 'key, without `zk_`',
  rows: [
    ...MEMBER_KEYS.map((name) => supported(name, KEYS, OURS)),
    ...LEADER_KEYS.map((name): Row => ({ ...supported(name, OURS), why: 'of a leader' })),
    {
      ...supported('observer_master_id', [
        'test/word/answer.test.ts',
        'mntr of an observer tells whom it hears',
      ]),
      why: 'of an observer',
    },
    ...OWN_KEYS.map((name): Row => ({ ...supported(name, OURS), why: 'ours alone' })),
    ...ABSENT.flatMap(([why, names]) => names.split(' ').map((name) => absent(name, why, OURS))),
  ],
};
