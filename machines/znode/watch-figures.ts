import { Summary } from '../summary.ts';

/** How many watchers an event had, by what happened; an event that nobody watched does not count (reference §14.2). */
export class WatchFigures {
  readonly created = new Summary();
  readonly deleted = new Summary();
  readonly dataChanged = new Summary();
  readonly childrenChanged = new Summary();
}

/** Those who may not read the node are counted as well, as ZooKeeper does. */
export function countWatchers(summary: Summary, watchers: number): void {
  if (watchers > 0) summary.add(watchers);
}
