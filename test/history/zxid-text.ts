const COUNTERS = 2 ** 32;

export function epochOf(zxid: number): number {
  return Math.floor(zxid / COUNTERS);
}

export function counterOf(zxid: number): number {
  return zxid % COUNTERS;
}

/** As people who read logs of ZooKeeper know it. */
export function zxidText(zxid: number): string {
  return `0x${zxid.toString(16)}`;
}
