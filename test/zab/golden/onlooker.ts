import type { Ensemble } from '../../sim/world/ensemble.ts';
import type { Transcript } from './transcript.ts';
import { zxidText } from './zxid-text.ts';

/** In the order in which one moves the next. The logger's chart is seen by what is on the disk. */
const ACTORS = ['elector', 'member', 'follower', 'leader'];

/** `following.discovery.informing` for the nested state of that name. */
export function stateText(state: unknown): string {
  if (typeof state === 'string') return state;
  if (typeof state !== 'object' || state === null) return String(state);
  return Object.entries(state)
    .map(([name, inner]) => `${name}.${stateText(inner)}`)
    .join(' ');
}

/** What is on a member's disk, each entry as it is written down when it changes. */
function diskText(ensemble: Ensemble, member: number): Map<string, string> {
  const { epochs, firstZxid, lastZxid } = ensemble.log(member);
  return new Map([
    ['acceptedEpoch', `accepted epoch ${epochs.acceptedEpoch}`],
    ['currentEpoch', `current epoch ${epochs.currentEpoch}`],
    ['first', `log begins with ${zxidText(firstZxid)}`],
    ['last', `log ends with ${zxidText(lastZxid)}`],
    ['tree', `checkpoint ${zxidText(ensemble.process(member).store.tree.zxid)}`],
  ]);
}

/** Watches one life of one member, and writes down whatever has changed since the last look. */
export class Onlooker {
  readonly #ensemble: Ensemble;
  readonly #member: number;
  readonly #transcript: Transcript;
  readonly #states = new Map<string, string>();
  #disk: Map<string, string>;
  #applied: number;

  constructor(ensemble: Ensemble, member: number, transcript: Transcript) {
    this.#ensemble = ensemble;
    this.#member = member;
    this.#transcript = transcript;
    this.#disk = diskText(ensemble, member);
    this.#applied = ensemble.zxid(member);
    const { epochs, lastZxid } = ensemble.log(member);
    transcript.add(
      member,
      `starts: accepted epoch ${epochs.acceptedEpoch}, current epoch ${epochs.currentEpoch}, ` +
        `log ends with ${zxidText(lastZxid)}, applied ${zxidText(this.#applied)}`,
    );
    this.look();
    ensemble.process(member).member.host.observe = ({ actor }) => this.look(actor);
  }

  /** @param moved the actor that was the last to move: what changed before is written down before */
  look(moved?: string): void {
    this.#lookAtDisk();
    this.#lookAtTree();
    for (const actor of ACTORS) if (actor !== moved) this.#lookAtChart(actor);
    if (moved !== undefined && ACTORS.includes(moved)) this.#lookAtChart(moved);
  }

  #lookAtDisk(): void {
    const disk = diskText(this.#ensemble, this.#member);
    const changes = [...disk].flatMap(([key, text]) =>
      this.#disk.get(key) === text ? [] : [text],
    );
    this.#disk = disk;
    if (changes.length > 0) this.#transcript.add(this.#member, `disk: ${changes.join(', ')}`);
  }

  #lookAtTree(): void {
    const applied = this.#ensemble.zxid(this.#member);
    if (applied === this.#applied) return;
    this.#applied = applied;
    this.#transcript.add(this.#member, `has applied ${zxidText(applied)}`);
  }

  #lookAtChart(actor: string): void {
    const state = stateText(this.#ensemble.state(this.#member, actor));
    if (this.#states.get(actor) === state) return;
    const isFirst = !this.#states.has(actor);
    this.#states.set(actor, state);
    // Where an actor begins is the same in every life.
    if (!isFirst) this.#transcript.add(this.#member, `${actor}: ${state}`);
  }
}
