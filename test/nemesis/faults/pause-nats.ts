import type { Fault } from '../fault.ts';

export const pauseNats: Fault = {
  kind: 'SIGSTOP of a NATS server',
  missing: () => undefined,
  async inject({ cluster, random }) {
    const server = random.pick(cluster.nats);
    server.signal('SIGSTOP');
    return {
      note: server.name,
      async heal() {
        server.signal('SIGCONT');
        return performance.now();
      },
    };
  },
};
