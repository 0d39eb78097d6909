import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryEvent } from '../event.ts';
import { zxidText } from '../zxid-text.ts';

interface Shown {
  readonly session: number;
  zxid: number;
}

/**
 * Reads never go back within a session: not on a connection, and not on the next one, whose member refuses a client that has seen
 * more than it has (reference §1.3). Two connections that live at the same time are not compared.
 */
export class SessionMonotonic implements Checker {
  readonly name = 'session monotonic';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #connections = new Map<number, Shown>();
  /** By session: what its ended connections had been shown. */
  readonly #ended = new Map<number, number>();

  see(event: HistoryEvent): string | undefined {
    switch (event.type) {
      case 'connected': {
        const { connection, session } = event;
        const ended = this.#ended.get(session) ?? 0;
        this.#connections.set(connection, { session, zxid: event.lastZxidSeen ?? ended });
        return undefined;
      }
      case 'reply':
      case 'notified':
        return event.zxid > 0 ? this.#show(event.connection, event.zxid) : undefined;
      case 'disconnected': {
        const shown = this.#connections.get(event.connection);
        this.#connections.delete(event.connection);
        if (shown === undefined) return undefined;
        const { session, zxid } = shown;
        this.#ended.set(session, Math.max(zxid, this.#ended.get(session) ?? 0));
        return undefined;
      }
      default:
        return undefined;
    }
  }

  end(): undefined {
    return undefined;
  }

  #show(connection: number, zxid: number): string | undefined {
    const shown = this.#connections.get(connection);
    if (shown === undefined) return undefined;
    if (zxid < shown.zxid) {
      return `session ${zxidText(shown.session)} was shown ${zxidText(zxid)} on connection ${connection}, after ${zxidText(shown.zxid)}`;
    }
    shown.zxid = zxid;
    return undefined;
  }
}
