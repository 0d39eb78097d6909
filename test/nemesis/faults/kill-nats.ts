import type { Fault } from '../fault.ts';

export const killNats: Fault = {
  kind: 'kill -9 of a NATS server',
  missing: () => undefined,
  async inject({ cluster, random }) {
    const server = random.pick(cluster.nats);
    await server.kill();
    return {
      note: server.name,
      async heal() {
        server.start();
        return performance.now();
      },
    };
  },
};
