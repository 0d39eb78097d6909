import type { Fault } from '../fault.ts';

/** Every process at once, the bus as well. */
export const powerCut: Fault = {
  kind: 'power cut: kill -9 of all',
  missing: () => undefined,
  async inject({ cluster, archive }) {
    await cluster.killAll();
    for (const member of cluster.members) await archive.gather(member);
    return {
      note: `${cluster.members.length} members, ${cluster.nats.length} NATS servers`,
      async heal() {
        cluster.startAll();
        return performance.now();
      },
    };
  },
};
