import { createServer } from 'node:net';
import { systemCodeOf, systemReason, userError } from '../errors.ts';

/** Listens for a moment. Resolves with the port that was bound. */
async function bindBriefly(host: string, port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return address !== null && typeof address === 'object' ? address.port : port;
}

/** `count` different free ports of the loopback address, none of them in `reserved`. */
export async function freePorts(count: number, reserved: ReadonlySet<number>): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = await bindBriefly('127.0.0.1', 0);
    if (!reserved.has(port)) ports.add(port);
  }
  return [...ports];
}

/** Rejects with a UserError that names the flag when nobody could listen there now. */
export async function requireFreePort(host: string, port: number, flag: string): Promise<void> {
  try {
    await bindBriefly(host, port);
  } catch (error) {
    throw systemCodeOf(error) === 'EADDRINUSE'
      ? userError.portInUse(host, port, flag)
      : userError.addressUnusable(host, port, systemReason(error), flag);
  }
}
