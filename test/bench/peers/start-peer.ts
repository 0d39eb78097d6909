import type { PeerName, Setting } from '../row.ts';
import { ensemblePeer } from './ensemble-peer.ts';
import { etcd } from './etcd.ts';
import { frames } from './frames.ts';
import { jetstream } from './jetstream.ts';
import type { Peer } from './peer.ts';

export interface PeerSite {
  readonly voters: number;
  readonly observers?: number;
  /** Of the other revision. */
  readonly program?: string;
  /** Where Vivarium's members leave their profiles. */
  readonly profile?: string;
  /** Of the installed nats-server. */
  readonly natsVersion: string;
}

/** Starts a peer and waits until it serves. */
export function startPeer(name: PeerName, site: PeerSite, setting: Setting): Promise<Peer> {
  switch (name) {
    case 'etcd':
      return etcd(site.voters);
    case 'jetstream':
      return jetstream(site.natsVersion);
    case 'frames':
      return frames(site.voters);
    default:
      return ensemblePeer(name, site, setting);
  }
}
