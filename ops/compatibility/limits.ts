import { type Kind, supported, titlesOf } from './row.ts';

const listener = titlesOf('test/wire/client-listener.test.ts');
const real = titlesOf('test/interop/limits.test.ts');
const quota = titlesOf('test/znode/quota.test.ts');

export const limits: Kind = {
  title: 'Limits',
  of: 'limit',
  rows: [
    supported(
      'jute.maxbuffer',
      listener('a frame beyond the limit ends the connection, without a reply'),
      listener('a frame of exactly the limit is taken'),
    ),
    supported(
      'maxClientCnxns',
      listener('connections over the limit of their address are closed, others are not'),
    ),
    supported('session timeout between 2 and 20 ticks', [
      'test/interop/protocol/connections.ts',
      'the session timeout is clamped to 2 and 20 ticks',
    ]),
    supported(
      'handshake in 10 s',
      listener('a connection without a handshake is dropped in time, one with it stays'),
    ),
    supported(
      'a client that does not read',
      listener('a slow reader keeps no more than a bound, and hinders nobody'),
      listener('events for a client that never reads end it'),
    ),
    supported(
      'nio.sessionlessCnxnTimeout',
      real('a connection without a session ends in time, one with it does not'),
    ),
    supported(
      'globalOutstandingLimit',
      real('few requests in work at once: all are answered, in order, and others with them'),
    ),
    supported(
      'largeRequestThreshold, largeRequestMaxBytes',
      real('too many bytes of large writes end their connection, and leave no debt'),
    ),
    supported(
      'connection_throttle_tokens',
      real('handshakes beyond the throttle are closed unanswered (reference §1.3 1)'),
    ),
    supported(
      'hard quotas',
      quota('a hard limit refuses where it is enforced, a soft one never does'),
    ),
    supported('TTL from 1 to 2^40-1 ms', [
      'test/znode/reaping.test.ts',
      'createTTL: flags and bounds of the TTL',
    ]),
  ],
};
