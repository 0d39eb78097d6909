import type { Row, Setting, Work } from './row.ts';

/** So that a fill still has tenths, and each of them more than a moment. */
const NODES_MIN = 10_000;
const SESSIONS_MIN = 100;

/** The row with a part of its nodes, sessions and kills, to try it. */
export function resized(row: Row, size: number): Row {
  if (size === 1) return row;
  return { ...row, setting: resizedSetting(row.setting, size), work: resizedWork(row.work, size) };
}

function resizedSetting(setting: Setting, size: number): Setting {
  if (setting.nodes === undefined) return setting;
  return { ...setting, nodes: part(setting.nodes, size, NODES_MIN) };
}

function resizedWork(work: Work, size: number): Work {
  if (work.kind === 'leader-kill') return { ...work, kills: part(work.kills, size, 1) };
  if (work.kind === 'watches') {
    return { ...work, sessions: part(work.sessions, size, SESSIONS_MIN) };
  }
  return work;
}

function part(whole: number, size: number, least: number): number {
  return Math.min(whole, Math.max(least, Math.round(whole * size)));
}
