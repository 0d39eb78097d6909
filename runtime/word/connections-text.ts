import { hex } from '../../machines/zab/zxid.ts';
import type { ConnectionStatus } from '../wire/member-status.ts';
import { javaAddress } from './text.ts';

/** Bits of Java's interest set, which stands in brackets behind an address. */
const READ_INTEREST = 1;
const WRITE_INTEREST = 4;

/** `cons`: everything about every connection, and an empty line (reference §14.1). */
export function connectionsText(connections: readonly ConnectionStatus[]): string {
  return `${connections.map((connection) => `${fullLine(connection)}\n`).join('')}\n`;
}

/** What `stat` says of its clients. */
export function briefConnections(connections: readonly ConnectionStatus[]): string {
  return connections.map((connection) => `${briefLine(connection, '')}\n`).join('');
}

function briefLine(connection: ConnectionStatus, more: string): string {
  const interest =
    (connection.reading ? READ_INTEREST : 0) | (connection.unsentBytes > 0 ? WRITE_INTEREST : 0);
  return (
    ` ${javaAddress(connection.remoteAddress, connection.remotePort)}[${interest}]` +
    `(queued=${connection.outstanding},recved=${connection.received},sent=${connection.sent}${more})`
  );
}

/** A connection without a session says nothing of one, and one that was asked nothing has no last cxid. */
function fullLine(connection: ConnectionStatus): string {
  const { session } = connection;
  if (session === undefined) return briefLine(connection, '');
  const { sessionId, lastOperation, lastCxid, lastZxid, latencyMs } = session;
  const fields = [
    `sid=${hex(sessionId)}`,
    `lop=${lastOperation}`,
    `est=${connection.establishedMs}`,
    `to=${session.timeoutMs}`,
    ...(lastCxid < 0 ? [] : [`lcxid=0x${lastCxid.toString(16)}`]),
    `lzxid=${lastZxid < 0 ? '0xffffffffffffffff' : hex(lastZxid)}`,
    `lresp=${Math.floor(session.lastResponseMs)}`,
    `llat=${latencyMs.last}`,
    `minlat=${latencyMs.min}`,
    `avglat=${Math.floor(latencyMs.average)}`,
    `maxlat=${latencyMs.max}`,
  ];
  return briefLine(connection, `,${fields.join(',')}`);
}
