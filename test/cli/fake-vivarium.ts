import { createServer, type Socket } from 'node:net';
import { open } from 'lmdb';
import { runProgram } from '../../runtime/cli/program.ts';
import type { RunningMember } from '../../runtime/member-contract.ts';

/**
 * The command line with a member that only listens: what commands, supervisor and admin endpoint do
 * can be tested without an ensemble. The word sent to its client port decides what it does next.
 */
await runProgram(async () => async (config, logger) => {
  const startedAtMs = performance.now();
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  let sulks = false;
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const word = data.toString().trim();
      if (word === 'nats') socket.end(config.nats.servers.join(','));
      else if (word === 'observers') socket.end(JSON.stringify(config.observers));
      else if (word === 'sulk') sulks = true;
      else if (word === 'checkpoint') {
        void open({ path: config.dataDirectory }).transaction(() => new Promise(() => {}));
        sulks = true;
      } else if (word === 'full') {
        const error = new Error('no space left on device');
        error.name = 'DiskFull';
        fail(error);
      } else if (word === 'boom') {
        setImmediate(() => {
          throw new Error('a defect');
        });
      } else socket.end(JSON.stringify({ id: config.id, voters: config.voters }));
      if (sulks) socket.end('sulking');
    });
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(config.client.port, config.client.host, resolve);
  });
  logger.info('the fake member listens');
  const leader = Math.max(...config.voters);
  const member: RunningMember = {
    failed,
    status: () => ({
      serving: true,
      mode: config.id === leader ? 'leader' : 'follower',
      leader,
      epoch: 1,
      zxid: 2 ** 32 + 7,
      uptimeMs: performance.now() - startedAtMs,
    }),
    actors: () => [
      {
        name: 'elector',
        state: { looking: 'waiting' },
        status: 'active',
        view: { votes: new Map([[1, 3]]) },
        definition: { id: 'elector', states: { looking: {} } },
      },
    ],
    stop: () =>
      new Promise((resolve) => {
        if (sulks) return;
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return member;
});
