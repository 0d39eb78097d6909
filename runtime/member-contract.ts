import type { Logger } from 'pino';
import type { Zxid } from '../machines/zab/zxid.ts';
import type { MemberConfig } from './config/member-config.ts';

/** What the admin endpoint says of a member as a whole. */
export interface MemberStatusForAdmin {
  /** Whether clients are answered here: the member leads or follows, in the broadcast phase. */
  readonly serving: boolean;
  readonly mode: 'looking' | 'follower' | 'leader' | 'observer' | 'read-only';
  /** The member that leads, as far as this one knows. */
  readonly leader: number | undefined;
  readonly epoch: number;
  /** Last zxid applied to the tree. */
  readonly zxid: Zxid;
  readonly uptimeMs: number;
}

/** One actor as an onlooker sees it. `state` is the chart's state value, `view` the small picture of its context. */
export interface ActorView {
  readonly name: string;
  readonly state: unknown;
  readonly status: string;
  readonly view: unknown;
  /** The chart's serializable definition. */
  readonly definition: unknown;
}

/** A member that runs in this process. */
export interface RunningMember {
  readonly status: () => MemberStatusForAdmin;
  actors(): readonly ActorView[];
  /** Resolves when every socket and file is closed. Calling it twice is the same as once. */
  stop(): Promise<void>;
  /** Resolves with the reason when the member stops itself (fail-stop); stays pending after `stop`. */
  readonly failed: Promise<Error>;
}

/**
 * Starts a member. Resolves when its storage is open and its sockets listen; it may still be looking
 * for a leader. Rejects with a UserError when a port is in use or the data directory is unusable.
 */
export type StartMember = (config: MemberConfig, logger: Logger) => Promise<RunningMember>;
