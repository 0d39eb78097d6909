import type { Row } from '../row.ts';
import { eventRows } from './event-rows.ts';
import { loadRows } from './load-rows.ts';
import { oneClientRows } from './one-client-rows.ts';
import { scaleRows } from './scale-rows.ts';
import { treeRows } from './tree-rows.ts';

export const allRows: readonly Row[] = [
  ...loadRows,
  ...oneClientRows,
  ...treeRows,
  ...eventRows,
  ...scaleRows,
];

/** Rows of a group that are called one of the texts, or else hold it in their name; all of them where no text is given. */
export function chooseRows(group: Row['group'], texts: readonly string[]): Row[] {
  const rows = allRows.filter((row) => row.group === group);
  if (texts.length === 0) return rows;
  const wanted = new Set(texts.flatMap((text) => rowsCalled(text.toLowerCase(), rows)));
  return rows.filter((row) => wanted.has(row));
}

/** A name may be a part of another's: whoever gives all of it means that row alone. */
function rowsCalled(text: string, rows: readonly Row[]): Row[] {
  const exact = rows.filter(({ name }) => name.toLowerCase() === text);
  return exact.length > 0 ? exact : rows.filter(({ name }) => name.toLowerCase().includes(text));
}
