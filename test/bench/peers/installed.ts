import { existsSync, readdirSync } from 'node:fs';
import { versionIn } from '../machine.ts';
import type { PeerName } from '../row.ts';
import { canFlushAlways } from './jetstream.ts';

const JARS = '/usr/share/java';
const ZOOKEEPER = /^zookeeper-(\d.*)\.jar$/;

export interface Installed {
  readonly version: string;
  /** What it promises when it acknowledges, and whose the generator is. */
  readonly durability: string;
}

export function natsVersion(): string | undefined {
  return versionIn('nats-server', ['--version'], /v?(\d+\.\d+\.\S+)/);
}

/**
 * What is known of a peer before it is started; `undefined` where it is not installed.
 * @param commit of the other revision, if there is one
 */
export function installed(name: PeerName, commit = 'none'): Installed | undefined {
  switch (name) {
    case 'vivarium':
      return ours('these sources');
    case 'revision':
      return ours(`commit ${commit}`);
    case 'zookeeper':
      return zookeeper();
    case 'etcd':
      return etcd();
    case 'jetstream':
      return jetstream();
    case 'frames':
      return {
        version: 'bare servers in Node.js',
        durability: 'no service at all: they answer every request by the same bytes',
      };
  }
}

function ours(version: string): Installed | undefined {
  const nats = natsVersion();
  if (nats === undefined) return undefined;
  return {
    version: `${version}, nats-server ${nats}`,
    durability: 'flushes before it acknowledges, as by default; one NATS server',
  };
}

function zookeeper(): Installed | undefined {
  const java = versionIn('java', ['-version'], /version "(.+?)"/);
  const jars = existsSync(JARS) ? readdirSync(JARS) : [];
  const version = jars.map((name) => name.match(ZOOKEEPER)?.[1]).find((one) => one !== undefined);
  if (version === undefined || java === undefined) return undefined;
  return {
    version: `${version}, Java ${java}`,
    durability: 'flushes before it acknowledges, as by default (forceSync); heap of 1 GB',
  };
}

function etcd(): Installed | undefined {
  const version = versionIn('etcd', ['--version'], /etcd Version: (\S+)/);
  if (version === undefined) return undefined;
  return {
    version,
    durability:
      "flushes before it acknowledges, as by default; reads are serializable, as ZooKeeper's; generator in Node.js",
  };
}

function jetstream(): Installed | undefined {
  const version = natsVersion();
  if (version === undefined) return undefined;
  const flushes = canFlushAlways(version)
    ? 'sync_interval: always, flushes before it acknowledges'
    : 'acknowledges BEFORE it flushes (every two minutes): this version cannot do otherwise';
  return {
    version: `nats-server ${version}`,
    durability: `KV bucket with 3 replicas; ${flushes}; reads from any replica; generator in Node.js`,
  };
}
