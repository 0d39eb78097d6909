import type { ConfigurationStatus } from '../wire/member-status.ts';
import type { DirectorySizes } from './word-source.ts';

/** No secure port listens: clients reach a member without TLS. */
const NO_PORT = -1;
/** The one election algorithm that ZooKeeper has left. */
const FAST_LEADER_ELECTION = 3;

/** `conf` (reference §14.1). The members' text ends it, without a newline as in the config node. */
export function configurationText(
  configuration: ConfigurationStatus,
  sizes: DirectorySizes,
): string {
  const { ensemble } = configuration;
  const fields: (readonly [name: string, value: number | string])[] = [
    ['clientPort', configuration.clientPort],
    ['secureClientPort', NO_PORT],
    ['dataDir', configuration.dataDirectory],
    ['dataDirSize', sizes.dataBytes],
    ['dataLogDir', configuration.logDirectory],
    ['dataLogSize', sizes.logBytes],
    ['tickTime', configuration.tickTimeMs],
    ['maxClientCnxns', configuration.maxClientCnxns],
    ['minSessionTimeout', configuration.minSessionTimeoutMs],
    ['maxSessionTimeout', configuration.maxSessionTimeoutMs],
    ['clientPortListenBacklog', configuration.backlog],
    ['serverId', configuration.serverId],
    ['initLimit', ensemble.initLimit],
    ['syncLimit', ensemble.syncLimit],
    ['electionAlg', FAST_LEADER_ELECTION],
    ['electionPort', ensemble.electionPort],
    ['quorumPort', ensemble.quorumPort],
    ['peerType', ensemble.isObserver ? 1 : 0],
  ];
  const lines = fields.map(([name, value]) => `${name}=${value}\n`).join('');
  return `${lines}membership: \n${ensemble.membership}`;
}
