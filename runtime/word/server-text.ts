import { hex } from '../../machines/zab/zxid.ts';
import type { MemberStatus } from '../wire/member-status.ts';
import { briefConnections } from './connections-text.ts';
import { decimal } from './text.ts';

/** `srvr` (reference §14.1, block A). */
export function serverText(status: MemberStatus): string {
  return blockA(status, '');
}

/** `stat`: the same with the clients. */
export function serverTextWithClients(status: MemberStatus): string {
  return blockA(status, `Clients:\n${briefConnections(status.connections)}\n`);
}

function blockA(status: MemberStatus, clients: string): string {
  const { latencyMs, leader } = status;
  const readOnly =
    status.mode === 'read-only' ? 'READ-ONLY mode; serving only read-only clients\n' : '';
  const text = `Zookeeper version: ${versionText(status)}
${readOnly}${clients}Latency min/avg/max: ${latencyMs.min}/${decimal(latencyMs.average)}/${latencyMs.max}
Received: ${status.received}
Sent: ${status.sent}
Connections: ${status.connections.length}
Outstanding: ${status.outstanding}
Zxid: ${hex(status.zxid)}
Mode: ${status.mode}
Node count: ${status.nodeCount}
`;
  if (leader === undefined) return text;
  const { last, min, max } = leader.proposalBytes ?? { last: -1, min: -1, max: -1 };
  return `${text}Proposal sizes last/min/max: ${last}/${min}/${max}\n`;
}

export function versionText(status: Pick<MemberStatus, 'version' | 'builtOn'>): string {
  return status.builtOn === undefined
    ? status.version
    : `${status.version}, built on ${status.builtOn}`;
}
