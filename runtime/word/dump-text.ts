import { hex } from '../../machines/zab/zxid.ts';
import { javaAddress, javaDate } from './text.ts';
import type { ExpirySet, SessionDump } from './word-source.ts';

/** `dump`: sessions, their ephemerals, and connections by the time they end (reference §14.1). */
export function dumpText(dump: SessionDump): string {
  return `SessionTracker dump:\n${sessionsText(dump)}${ephemeralsText(dump)}${connectionsText(dump)}`;
}

/** A leader tells when sessions end; a follower knows only that they are there. Of local ones every member tells its own. */
function sessionsText({ expiry, local, sessions }: SessionDump): string {
  const localText = local === undefined ? '' : `Local ${expiryText(local)}`;
  if (expiry === undefined) {
    const lines = sessions.map(({ sessionId, timeoutMs }) => `${hex(sessionId)}\t${timeoutMs}ms\n`);
    return `${localText}Global Sessions(${sessions.length}):\n${lines.join('')}`;
  }
  const globalText = expiryText(expiry);
  return local === undefined ? globalText : `${localText}Global ${globalText}`;
}

function expiryText(expiry: readonly ExpirySet[]): string {
  const count = expiry.reduce((sum, { sessionIds }) => sum + sessionIds.length, 0);
  let text = `Session Sets (${expiry.length})/(${count}):\n`;
  for (const { wallMs, sessionIds } of expiry) {
    text += `${sessionIds.length} expire at ${javaDate(wallMs)}:\n`;
    for (const sessionId of sessionIds) text += `\t${hex(sessionId)}\n`;
  }
  return text;
}

function ephemeralsText({ ephemerals }: SessionDump): string {
  let text = `ephemeral nodes dump:\nSessions with Ephemerals (${ephemerals.length}):\n`;
  for (const { sessionId, paths } of ephemerals) {
    text += `${hex(sessionId)}:\n`;
    for (const path of paths) text += `\t${path}\n`;
  }
  return text;
}

function connectionsText({ connections }: SessionDump): string {
  const sets = new Map<number, string[]>();
  for (const { wallMs, remoteAddress, remotePort, sessionId } of connections) {
    const lines = sets.get(wallMs) ?? [];
    sets.set(wallMs, lines);
    const address = javaAddress(remoteAddress, remotePort);
    lines.push(`\tip: ${address} sessionId: 0x${sessionId.toString(16)}\n`);
  }
  let text = `Connections dump:\nConnections Sets (${sets.size})/(${connections.length}):\n`;
  for (const [wallMs, lines] of [...sets].sort(([one], [other]) => one - other)) {
    text += `${lines.length} expire at ${javaDate(wallMs)}:\n${lines.join('')}`;
  }
  return text;
}
