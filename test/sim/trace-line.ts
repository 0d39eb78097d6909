import type { HistoryEvent } from '../history/event.ts';
import { zxidText } from '../history/zxid-text.ts';

/** One event as a line for a reader: when, who, what. */
export function traceLine(event: HistoryEvent): string {
  return `${(event.atMs / 1000).toFixed(4).padStart(10)}  ${sentence(event)}`;
}

function sentence(event: HistoryEvent): string {
  switch (event.type) {
    case 'message': {
      const { from, to, message, epoch, zxid, records, note } = event;
      return words(
        `member ${from} → ${to ?? 'all'}  ${message}`,
        epoch !== undefined && `epoch ${epoch}`,
        zxid !== undefined && zxidText(zxid),
        records !== undefined && `records ${records.map(([one]) => zxidText(one)).join(' ')}`,
        note,
      );
    }
    case 'delivered': {
      const { member, zxid, kind, session, cxid, paths } = event;
      return words(
        `member ${member}  delivers ${zxidText(zxid)} ${kind}`,
        session !== 0 && `session ${zxidText(session)} xid ${cxid}`,
        paths !== undefined && paths.length > 0 && `takes ${paths.join(' ')}`,
      );
    }
    case 'durable':
      return `member ${event.member}  disk: ${event.order}; log to ${zxidText(event.lastZxid)}, tree at ${zxidText(event.treeZxid)}, epochs ${event.acceptedEpoch} ${event.currentEpoch}`;
    case 'digest':
      return `member ${event.member}  digest at ${zxidText(event.zxid)} is ${event.digest}`;
    case 'installed':
      return `member ${event.member}  has installed the snapshot of ${zxidText(event.zxid)}`;
    case 'started':
      return `member ${event.member}  starts (start ${event.incarnation}) from ${zxidText(event.zxid ?? 0)}`;
    case 'state':
      return `member ${event.member}  ${event.actor} on ${event.on}: ${event.state}`;
    case 'note':
      return `member ${event.member}  says (${event.level}) ${event.text}`;
    case 'crashed':
    case 'wiped':
      return `member ${event.member}  ${event.type}`;
    case 'fault':
    case 'repaired':
      return words(
        `--- ${event.type}: ${event.kind}`,
        event.member !== undefined && `member ${event.member}`,
        event.note,
      );
    case 'phase':
      return `=== ${event.phase}`;
    default:
      return `client connection ${event.connection} session ${zxidText(event.session)}  ${clientSentence(event)}`;
  }
}

function clientSentence(event: Extract<HistoryEvent, { connection: number }>): string {
  switch (event.type) {
    case 'invoke':
      return `asks ${event.xid}: ${JSON.stringify(event.request)}`;
    case 'reply':
      return `is told ${event.xid}: code ${event.code} at ${zxidText(event.zxid)} ${JSON.stringify(event.result)}`;
    case 'notified':
      return `is notified: ${event.kind} ${event.path} at ${zxidText(event.zxid)}`;
    case 'connected':
      return `${event.resumed ? 'goes on' : 'begins'} with member ${event.member}, timeout ${event.timeoutMs} ms`;
    case 'refused':
      return `is over, says member ${event.member}`;
    case 'disconnected':
      return 'has lost its connection';
  }
}

function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== false && part !== undefined && part !== '').join(' ');
}
