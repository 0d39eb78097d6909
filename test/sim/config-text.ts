import { Random } from './world/random.ts';

const SHARE = 0.25;
const STREAM = 0x00c0ff21;

/** What the members tell of themselves in the config node: nothing in most lives, of a stream of its own. */
export function configTextOf(seed: number, voters: number): string {
  const random = new Random(seed ^ STREAM);
  if (!random.chance(SHARE)) return '';
  const ids = Array.from({ length: voters }, (_, index) => index + 1);
  return ids.map((id) => `server.${id}=member-${id}:2888:3888:participant;2181`).join('\n');
}
