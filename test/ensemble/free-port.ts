import { createServer } from 'node:net';

/** Below the range from which the system takes ports for outgoing connections. */
const FIRST = 20_000;
const SPAN = 12_000;

/** Ranges that this process has handed out: a port is free again for the system before its user binds it. */
const taken = new Set<number>();

/** The first of `count` consecutive loopback ports that nobody listens on. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const base = FIRST + ((process.pid * 97 + attempt * 61) % SPAN);
    const ports = Array.from({ length: count }, (_, index) => base + index);
    if (ports.some((port) => taken.has(port))) continue;
    if (!(await Promise.all(ports.map(isFree))).every(Boolean)) continue;
    for (const port of ports) taken.add(port);
    return base;
  }
  throw new Error(`no ${count} consecutive ports are free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
