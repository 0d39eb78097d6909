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

/** Rows of a group whose name holds one of the texts; all of them where no text is given. */
export function chooseRows(group: Row['group'], texts: readonly string[]): Row[] {
  const isWanted = ({ name }: Row) =>
    texts.length === 0 || texts.some((text) => name.toLowerCase().includes(text.toLowerCase()));
  return allRows.filter((row) => row.group === group && isWanted(row));
}
