import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { userError } from '../errors.ts';
import { freePorts } from './loopback-port.ts';
import { findExecutable } from './nats-binary.ts';
import type { ProcessPlan } from './supervised-process.ts';

/** One NATS server of the local ensemble. */
export interface NatsServerPlan extends ProcessPlan {
  readonly port: number;
  readonly url: string;
  /** What the server calls itself in its greeting; no other server has this name. */
  readonly serverName: string;
}

/**
 * Plans `count` NATS servers on loopback, a cluster when there are several, and writes their
 * configuration to `directory`/nats-<i>/nats.conf. Server i takes `firstPort`+i-1, or a free port that
 * is not `reserved` for the members.
 */
export async function planNatsServers(
  binary: string,
  directory: string,
  count: number,
  firstPort: number | undefined,
  reserved: ReadonlySet<number>,
): Promise<NatsServerPlan[]> {
  const free = await freePorts(2 * count, reserved);
  const ports = Array.from({ length: count }, (_, index) =>
    firstPort === undefined ? (free[index] ?? 0) : firstPort + index,
  );
  const routes = free.slice(count);
  return ports.map((port, index) => {
    const name = `nats-${index + 1}`;
    const home = path.join(directory, name);
    const configFile = path.join(home, 'nats.conf');
    const serverName = `${name}-${randomBytes(5).toString('hex')}`;
    mkdirSync(home, { recursive: true });
    writeFileSync(configFile, natsConfig(serverName, port, index, routes));
    return {
      name,
      serverName,
      port,
      url: `nats://127.0.0.1:${port}`,
      pidFile: path.join(home, 'pid'),
      ...boundToParent(binary, ['-c', configFile]),
    };
  });
}

function natsConfig(
  serverName: string,
  port: number,
  index: number,
  routes: readonly number[],
): string {
  const lines = [`server_name: "${serverName}"`, `listen: "127.0.0.1:${port}"`];
  if (routes.length > 1) {
    const others = routes.filter((_, other) => other !== index);
    lines.push(
      'cluster {',
      '  name: "vivarium"',
      `  listen: "127.0.0.1:${routes[index]}"`,
      `  routes: [${others.map((route) => `"nats://127.0.0.1:${route}"`).join(', ')}]`,
      '}',
    );
  }
  return `${lines.join('\n')}\n`;
}

/** nats-server does not watch its stdin: Linux ends it when the supervisor dies, if util-linux is there to ask. */
function boundToParent(binary: string, args: readonly string[]) {
  const setpriv = process.platform === 'linux' ? findExecutable('setpriv') : undefined;
  return setpriv === undefined
    ? { command: binary, args }
    : { command: setpriv, args: ['--pdeathsig', 'TERM', '--', binary, ...args] };
}

/**
 * Resolves when this very server greets on its port; rejects with a UserError when `isKept` turns false
 * or time is up.
 */
export async function natsReady(
  plan: NatsServerPlan,
  isKept: () => boolean,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await greets(plan))) {
    if (!isKept()) throw userError.natsFailed(plan.name, 'it ended at once');
    if (performance.now() > deadline) {
      throw userError.natsFailed(plan.name, `nothing answered on port ${plan.port}`);
    }
    await delay(10);
  }
}

function greets({ port, serverName }: NatsServerPlan): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('data', (data) => finish(isGreeting(data.toString('latin1'), serverName)));
  });
}

/** Whether `text` begins as a NATS server of that name greets. */
function isGreeting(text: string, serverName: string): boolean {
  return text.startsWith('INFO ') && text.includes(`"server_name":"${serverName}"`);
}
