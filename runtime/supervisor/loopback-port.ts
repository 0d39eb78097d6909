import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { systemCodeOf, systemReason, userError } from '../errors.ts';

/**
 * Below the range from which systems take the ports of outgoing connections: a server that is started
 * again finds its port free, and no client that redials it can end up connected to itself.
 */
const LOWEST = 10_000;
const HIGHEST = 29_999;

/** Listens for a moment; rejects as a real listener would. */
async function bindBriefly(host: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, resolve);
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** `count` different free ports of the loopback address, none of them in `reserved`. */
export async function freePorts(count: number, reserved: ReadonlySet<number>): Promise<number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < count; attempt++) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (reserved.has(port) || ports.has(port)) continue;
    try {
      await bindBriefly('127.0.0.1', port);
      ports.add(port);
    } catch (error) {
      if (attempt > 1000) throw error;
    }
  }
  return [...ports];
}

/**
 * Rejects with a UserError that names the flag when nobody could listen there now, nor within
 * `patienceMs`.
 */
export async function requireFreePort(
  host: string,
  port: number,
  flag: string,
  patienceMs: number,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await bindBriefly(host, port);
    } catch (error) {
      if (systemCodeOf(error) !== 'EADDRINUSE') {
        throw userError.addressUnusable(host, port, systemReason(error), flag);
      }
      if (performance.now() >= deadline) throw userError.portInUse(host, port, flag);
    }
    await delay(20);
  }
}
