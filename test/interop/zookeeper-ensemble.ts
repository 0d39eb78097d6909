import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePorts } from '../ensemble/free-port.ts';
import type { Place, Service, Site } from '../ensemble/service.ts';

const CLASS_PATH = ['zookeeper', 'zookeeper-jute', 'slf4j-log4j12', 'log4j-1.2'].map(
  (name) => `/usr/share/java/${name}.jar`,
);

/** What the learner logs when the leader has chosen its way. */
const CATCH_UP =
  /Getting a (diff) from the leader|Getting a (snap)shot from leader|(Trunc)ating log to get in sync/g;

/** Apache ZooKeeper from Debian's package, for the proof of the tests themselves and as the peer of the bench. */
export async function zookeeper(site: Site): Promise<Service> {
  const peers = await freePorts(site.places.length * 2);
  for (const place of site.places) layOut(site, place, peers);
  return {
    kind: 'zookeeper',
    bus: [],
    memberCommand: (place) => ({
      file: 'java',
      args: [
        `-Xmx${site.options.javaHeap ?? process.env.ZOOKEEPER_HEAP ?? '1g'}`,
        ...Object.entries(site.options.javaProperties ?? {}).map(
          ([key, value]) => `-D${key}=${value}`,
        ),
        '-cp',
        [confDir(site, place), ...CLASS_PATH].join(':'),
        'org.apache.zookeeper.server.quorum.QuorumPeerMain',
        join(confDir(site, place), 'zoo.cfg'),
      ],
      ...(site.options.environment === undefined ? {} : { env: site.options.environment }),
    }),
    catchUps: (log) =>
      [...log.matchAll(CATCH_UP)].map((match) => {
        if (match[1] !== undefined) return 'DIFF';
        return match[2] !== undefined ? 'SNAP' : 'TRUNC';
      }),
  };
}

function confDir(site: Site, place: Place): string {
  return join(site.directory, `conf-${place.id}`);
}

/** The id lies beside the transaction log, so that a wiped member keeps its identity. */
function layOut(site: Site, place: Place, peers: number): void {
  const conf = confDir(site, place);
  const identity = join(dirname(place.dataDir), `id-${place.id}`);
  mkdirSync(conf);
  mkdirSync(identity);
  writeFileSync(join(identity, 'myid'), `${place.id}\n`);
  const settings: Record<string, string | number> = {
    tickTime: 2000,
    initLimit: 10,
    syncLimit: 5,
    maxClientCnxns: 0,
    'admin.enableServer': 'false',
    '4lw.commands.whitelist': '*',
    ...site.options.settings,
    clientPort: place.port,
    clientPortAddress: '127.0.0.1',
    dataDir: identity,
    dataLogDir: place.dataDir,
  };
  if (site.places.length > 1) {
    for (const peer of site.places) {
      const port = peers + (peer.id - 1) * 2;
      const role = peer.votes ? 'participant' : 'observer';
      settings[`server.${peer.id}`] = `127.0.0.1:${port}:${port + 1}:${role}`;
    }
    if (!place.votes) settings.peerType = 'observer';
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(join(conf, 'zoo.cfg'), lines.join(''));
  writeFileSync(
    join(conf, 'log4j.properties'),
    [
      'log4j.rootLogger=INFO, OUT',
      'log4j.appender.OUT=org.apache.log4j.ConsoleAppender',
      'log4j.appender.OUT.layout=org.apache.log4j.PatternLayout',
      'log4j.appender.OUT.layout.ConversionPattern=%d %p %c %m%n',
      '',
    ].join('\n'),
  );
}
