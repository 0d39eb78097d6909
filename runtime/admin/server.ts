import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { HostPort } from '../config/address.ts';
import type { MemberConfig } from '../config/member-config.ts';
import { systemCodeOf, systemReason, userError } from '../errors.ts';
import { adminApp, type MemberInView } from './app.ts';

/** The listening admin endpoint. */
export interface AdminServer {
  readonly address: HostPort;
  /** Resolves when the port is free again; open requests are cut. */
  close(): Promise<void>;
}

/**
 * Listens on `listen`; port 0 takes any free one.
 * Rejects with a UserError when the port is in use or the address is not of this machine.
 */
export async function startAdminServer(
  listen: HostPort,
  config: MemberConfig,
  member: MemberInView,
): Promise<AdminServer> {
  const app = adminApp(config, listen.host, member);
  const server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        systemCodeOf(error) === 'EADDRINUSE'
          ? userError.portInUse(listen.host, listen.port, '--admin-port')
          : userError.addressUnusable(
              listen.host,
              listen.port,
              systemReason(error),
              '--admin-host and --admin-port',
            ),
      );
    });
    server.listen(listen.port, listen.host, resolve);
  });
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : listen.port;
  return {
    address: { host: listen.host, port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
