import type { Scene } from '../fault.ts';
import type { Network } from '../network.ts';

const NO_NETWORK = 'no network of its own here';

/** Why nothing can be done to the network; `undefined` where it can. */
export function networkMissing({ cluster }: Scene): string | undefined {
  return cluster.network === undefined ? NO_NETWORK : undefined;
}

export function networkOf({ cluster }: Scene): Network {
  if (cluster.network === undefined) throw new Error(NO_NETWORK);
  return cluster.network;
}

/** Everything goes through again; when, ms of `performance.now()`. */
export async function heal(network: Network): Promise<number> {
  network.heal();
  return performance.now();
}
