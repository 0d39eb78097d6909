import type { Outbox } from '../../machines/jute/outbox.ts';
import type { FrameSource } from '../../machines/session/processor-contract.ts';

/** Why a connection came to its end, for those who look. */
export type ConnectionEnd =
  | 'ended by the member'
  | 'ended by the client'
  | 'frame length out of bounds'
  | 'four-letter word answered'
  | 'no handshake in time'
  | 'client does not read'
  | 'socket error';

/** One client's connection, as the rest of the member sees it. */
export interface ClientConnection extends FrameSource {
  /** Never used again by the listener that gave it. */
  readonly id: number;
  /** IPv4 or IPv6 in plain form: an IPv4 address that came in IPv6 form is given as IPv4. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Replies and events are appended here, as whole frames. They leave with the next `flush`. */
  readonly outbox: Outbox;
  /** Wall clock of the accept, ms since 1970. */
  readonly openedMs: number;
  /** Frames received, and frames sent or about to be. */
  readonly received: number;
  readonly sent: number;
  /** Bytes that the client has not taken yet: in the outbox, and in the socket behind it. */
  readonly unsentBytes: number;
  /** Whether frames are being read: not paused, and the client takes its replies. */
  readonly reading: boolean;
  /** `undefined` while it is open. */
  readonly end: ConnectionEnd | undefined;

  /** The handshake is complete: the connection is no longer dropped for the lack of one. */
  established(): void;
  /** No frame is delivered until `resume`; those already read are kept, and the socket is not read. */
  pause(): void;
  /** Delivers again, what was kept first; not before the current call stack has ended. */
  resume(): void;
  /** Writes the outbox to the socket. Without effect once the connection has ended. */
  flush(): void;
  /** Flushes, and ends the connection once that has left; a client that does not follow is cut off in bounded time. */
  close(): void;
  /** Ends the connection now. */
  destroy(): void;
}

/**
 * What the member does with its clients. None of it is called for a connection after its `closed`, and `frames` not
 * after `close` or `destroy` either. What these methods throw is not caught here.
 */
export interface ClientHandler {
  /** Accepted, nothing read yet. */
  opened(connection: ClientConnection): void;
  /**
   * A read of the socket may have brought frames: they are taken with `nextFrame`, in order. Those that are left while
   * the connection is read are thrown away. What the call leaves in the outbox is written when it is over.
   */
  frames(connection: ClientConnection): void;
  /** The socket is gone. Once for every `opened`. */
  closed(connection: ClientConnection): void;
  /** The text that answers a word of reference §14.1; `argument` are the bytes that belong to the word. */
  fourLetterWord(word: string, argument: Uint8Array): string;
}

export interface ConnectionLimits {
  /** Largest payload of a frame. */
  readonly maxFrameBytes: number;
  /** How long a connection may stay without `established`. */
  readonly handshakeTimeoutMs: number;
  /** With more than this unsent no further request is taken from the connection, until all of it has left. */
  readonly congestedBytes: number;
  /** A client that leaves more than this unread when more is due for it (events, that is) is cut off. */
  readonly maxUnsentBytes: number;
  /** How long an ended connection may take to deliver its last bytes. */
  readonly lingerMs: number;
}
