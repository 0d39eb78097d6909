import type { ClientHappening } from '../../history/event.ts';
import { RequestMix } from '../../history/request-mix.ts';
import type { Ensemble } from '../world/ensemble.ts';
import type { Random } from '../world/random.ts';
import { type Deed, SimulatedClient, type Temper } from './simulated-client.ts';
import type { SimulatedConnection } from './simulated-connection.ts';

/** When a process dies, this share of its clients learns nothing of it: the machine went with it. */
const SHARE_UNTOLD = 0.3;

/** All clients of one life. */
export class Crowd {
  readonly #ensemble: Ensemble;
  readonly #clients: SimulatedClient[] = [];
  readonly #random: Random;
  readonly #deeds = new Map<Deed, number>();
  #lastConnection = 0;
  /** Writes and reads that were answered, and requests of which nobody knows. */
  acknowledged = 0;
  answered = 0;
  #invoked = 0;

  constructor(ensemble: Ensemble, random: Random) {
    this.#ensemble = ensemble;
    this.#random = random;
    ensemble.hear((event) => {
      if (event.type === 'crashed') this.#memberDied(event.member);
    });
  }

  add(temper: Temper, reads: number): SimulatedClient {
    const name = `c${this.#clients.length + 1}`;
    const client = new SimulatedClient({
      ensemble: this.#ensemble,
      random: this.#random,
      mix: new RequestMix(this.#random, name, reads),
      temper,
      nextConnection: () => ++this.#lastConnection,
      tell: (happening) => this.#tell(happening),
      did: (deed) => this.#deeds.set(deed, (this.#deeds.get(deed) ?? 0) + 1),
    });
    this.#clients.push(client);
    return client;
  }

  get deeds(): ReadonlyMap<Deed, number> {
    return this.#deeds;
  }

  get unknown(): number {
    return this.#invoked - this.answered;
  }

  nextConnection(): number {
    return ++this.#lastConnection;
  }

  /** Some connections with the member, or all of them, fall silent: nobody is told. */
  cutOff(member: number, share: number): number {
    let count = 0;
    for (const connection of this.#connectionsWith(member)) {
      if (!this.#random.chance(share)) continue;
      connection.cut();
      count += 1;
    }
    return count;
  }

  quiet(): void {
    for (const client of this.#clients) client.quiet();
  }

  end(): void {
    for (const client of this.#clients) client.end();
  }

  #tell(happening: ClientHappening): void {
    if (happening.type === 'invoke') this.#invoked += 1;
    if (happening.type === 'reply') {
      this.answered += 1;
      if (happening.code === 0) this.acknowledged += 1;
    }
    this.#ensemble.tell(happening);
  }

  #memberDied(member: number): void {
    for (const connection of this.#connectionsWith(member)) {
      if (this.#random.chance(SHARE_UNTOLD)) connection.cut();
      else connection.reset();
    }
  }

  #connectionsWith(member: number): SimulatedConnection[] {
    return this.#clients.flatMap((client) => [...client.connectionsWith(member)]);
  }
}
