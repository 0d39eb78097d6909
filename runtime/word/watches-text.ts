import { hex } from '../../machines/zab/zxid.ts';
import type { WatchDump } from './word-source.ts';

/** `wchs` */
export function watchSummaryText({ connections, paths, total }: WatchDump): string {
  return `${connections} connections watching ${paths} paths\nTotal watches:${total}\n`;
}

/** `wchc`: each session with its paths, and an empty line. */
export function watchesBySessionText(watches: WatchDump): string {
  let text = '';
  for (const [sessionId, paths] of watches.bySession()) {
    text += `${hex(sessionId)}\n`;
    for (const path of paths) text += `\t${path}\n`;
  }
  return `${text}\n`;
}

/** `wchp`: each path with its sessions, and an empty line. */
export function watchesByPathText(watches: WatchDump): string {
  let text = '';
  for (const [path, sessionIds] of watches.byPath()) {
    text += `${path}\n`;
    for (const sessionId of sessionIds) text += `\t${hex(sessionId)}\n`;
  }
  return `${text}\n`;
}
