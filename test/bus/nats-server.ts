import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

export interface NatsServerOptions {
  /** Default: NATS's own, 1 MiB. */
  readonly maxPayloadBytes?: number;
  /** Bytes that may wait for one client before it is cut off as a slow consumer. Default: NATS's own, 64 MiB. */
  readonly maxPendingBytes?: number;
  /** More of the server's configuration language, for example an `authorization` block. */
  readonly configuration?: string;
}

interface Cluster {
  readonly port: number;
  readonly monitorPort: number;
  readonly routes: readonly number[];
}

/** Nothing outlives the process of the tests, not even when it ends by an exception. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A real nats-server on a loopback port of its own, in a temporary directory of its own. */
export class NatsServer {
  readonly port: number;
  readonly #directory: string;
  #process: ChildProcess | undefined;

  constructor(port: number, options: NatsServerOptions = {}, cluster?: Cluster) {
    this.port = port;
    this.#directory = mkdtempSync(join(tmpdir(), 'vivarium-nats-'));
    writeFileSync(join(this.#directory, 'server.conf'), configurationOf(port, options, cluster));
  }

  /** As a client's option `servers` wants it. */
  get url(): string {
    return `127.0.0.1:${this.port}`;
  }

  get log(): string {
    return readFileSync(join(this.#directory, 'server.log'), 'utf8');
  }

  /** Starts, or starts again after `kill` or `stop`, on the same port; resolves when the server is ready. */
  async start(): Promise<void> {
    const log = openSync(join(this.#directory, 'server.log'), 'w');
    const child = spawn('nats-server', ['-c', join(this.#directory, 'server.conf')], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#process = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    await eventually('nats-server is ready', () => {
      if (child.exitCode !== null) throw new Error(`nats-server ended at once:\n${this.log}`);
      return this.log.includes('Server is ready');
    });
  }

  /** Ends as an operator ends it. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Stands still with all its connections open. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends the server, frozen or not, and removes its directory. */
  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ending = this.#process;
    this.#process = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    await exited;
  }
}

/** One running server. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const [port = 0] = await freePorts(1);
  const server = new NatsServer(port, options);
  await server.start();
  return server;
}

/** Running servers that route to each other; resolves when all routes are there. */
export async function startNatsCluster(
  size = 3,
  options: NatsServerOptions = {},
): Promise<NatsServer[]> {
  const ports = await freePorts(3 * size);
  const routes = ports.slice(size, 2 * size);
  const monitorPorts = ports.slice(2 * size);
  const servers = routes.map((route, index) => {
    const cluster = { port: route, monitorPort: monitorPorts[index] ?? 0, routes };
    return new NatsServer(ports[index] ?? 0, options, cluster);
  });
  await Promise.all(servers.map((server) => server.start()));
  await eventually('the cluster is complete', async () => {
    const routed = await Promise.all(monitorPorts.map(routesOf));
    return routed.every((count) => count === size - 1);
  });
  return servers;
}

/** Distinct loopback ports that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(probes.map((probe) => once(probe, 'listening')));
  const ports = probes.map((probe) => {
    const address = probe.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(probes.map((probe) => once(probe.close(), 'close')));
  return ports;
}

/** Other servers that the server with this monitoring port has a route to. */
async function routesOf(monitorPort: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${monitorPort}/routez`);
  const remoteIds = (await response.text()).matchAll(/"remote_id": "(\w+)"/g);
  return new Set([...remoteIds].map(([, id]) => id)).size;
}

function configurationOf(port: number, options: NatsServerOptions, cluster?: Cluster): string {
  const { maxPayloadBytes, maxPendingBytes, configuration } = options;
  const lines = [`listen: 127.0.0.1:${port}`];
  if (maxPayloadBytes !== undefined) lines.push(`max_payload: ${maxPayloadBytes}`);
  if (maxPendingBytes !== undefined) lines.push(`max_pending: ${maxPendingBytes}`);
  if (cluster !== undefined) {
    const routes = cluster.routes.map((route) => `nats://127.0.0.1:${route}`).join(', ');
    lines.push(
      `http: 127.0.0.1:${cluster.monitorPort}`,
      `cluster { name: vivarium, listen: 127.0.0.1:${cluster.port}, routes: [${routes}] }`,
    );
  }
  if (configuration !== undefined) lines.push(configuration);
  return `${lines.join('\n')}\n`;
}
