import type { JuteReader } from '../jute/reader.ts';
import type { AuthenticationOptions } from '../znode/authentication.ts';
import type { Client } from './client.ts';
import type { LargeRequestLimits } from './large-requests.ts';
import type { LocalSessions } from './local-sessions.ts';

export interface ProcessorOptions {
  readonly member: number;
  /** First of this member's request numbers; later ones count up. Never used before by this member. */
  readonly firstRequestId: number;
  readonly authentication: AuthenticationOptions;
  readonly localSessions: LocalSessions;
  /** Requests in work above which connections that have some are not read any further (reference §1.8). */
  readonly outstandingLimit: number;
  readonly largeRequests?: LargeRequestLimits;
  /** Current time, ms; for statistics only. */
  readonly nowMs: () => number;
}

/** Where the requests of a client come from. */
export interface FrameSource {
  /**
   * The next payload; `undefined` where there is none, and where no more is to be read now. It is lent until the next one
   * is asked for: copy what is to be kept.
   */
  nextFrame(): JuteReader | undefined;
}

/** What the processor tells its member. */
export interface ProcessorListener {
  /** There is something to hand to the leader at the end of this turn. */
  submissionsWaiting(): void;
  /** `countOn` has something to do once everything else that is ready has had its turn. */
  countsWaiting(): void;
  /** The client's outbox has something new. */
  outboxFilled(client: Client): void;
  sessionCreated(
    requestId: number,
    session: { sessionId: number; timeoutMs: number; password: Uint8Array },
  ): void;
  /** The session is over: its connection ends once what it is owed has left. */
  sessionClosed(client: Client): void;
}
