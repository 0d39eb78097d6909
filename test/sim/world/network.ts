import type { Message } from '../../../machines/zab/message.ts';
import { decodeLinkMessage, decodeStreamMessage } from '../../../machines/zab/message-codec.ts';
import { decodeNotification, type Notification } from '../../../machines/zab/vote.ts';
import { decodeEnvelope, decodeSections } from '../../../runtime/bus/envelope.ts';
import { MemoryBusHub, type Transfer } from '../../../runtime/bus/memory-bus.ts';
import { Joiner } from '../../../runtime/bus/pieces.ts';
import type { BusPort, Done } from '../../../runtime/ports.ts';
import type { EventLoop } from './event-loop.ts';

/** How long a slow member takes for each message, and how many may wait for it. */
const SLOW_READ_MS = 8;
const SLOW_CONSUMER_LIMIT = 60;
const RECONNECT_MS = 30;

/** How the bus serves a member badly, each of its subscriptions by itself. */
export interface UnsteadySubscriptions {
  /** What is for this member alone comes so much later, ms, and holds up nothing else. */
  readonly directLagMs: number;
  /** Whether it misses the next message that is for all. */
  readonly losesBroadcast: () => boolean;
}

/** One direction between two connections to the bus. */
class Lane {
  readonly from: number;
  readonly to: number;
  /** When the last transfer on it arrives, ms; for each subject where subjects are mixed, else for all as one. */
  readonly lastDueMs = new Map<string, number>();
  /** How many have cut it. */
  cuts = 0;
  /** Whether the next message on it is lost. */
  loses = false;

  constructor(from: string, to: string) {
    this.from = memberOf(from);
    this.to = memberOf(to);
  }
}

/** One message between members as it leaves; a bus message may carry several. */
export interface Traffic {
  readonly from: number;
  /** The member a directed message is for; `undefined` for what goes to all. */
  readonly to: number | undefined;
  readonly message: Message | ({ readonly type: 'VOTE' } & Notification);
}

export interface NetworkOptions {
  /** How long a transfer takes, ms. Transfers of one pair of members never overtake one another … */
  readonly latencyMs: () => number;
  /** … but for those of different subjects, if this says so: no bus promises an order between them. */
  readonly mixesSubjects?: boolean;
}

/** The bus between the members of a test: in order for each pair, as slow and as lossy as the test says. */
export class Network {
  readonly #loop: EventLoop;
  readonly #options: NetworkOptions;
  readonly #hub: MemoryBusHub;
  readonly #lanes = new Map<string, Map<string, Lane>>();
  readonly #held: { readonly transfer: Transfer; readonly pass: () => void }[] = [];
  readonly #watchers: ((traffic: Traffic) => void)[] = [];
  readonly #slow = new Map<number, { waiting: number; doneMs: number }>();
  readonly #unsteady = new Map<number, UnsteadySubscriptions>();
  /** A bus message that holds such a message is lost as a whole, as on the real bus. */
  loses: (traffic: Traffic) => boolean = () => false;
  mixesSubjects: boolean;
  /** What every transfer takes on top, ms. */
  addedMs = 0;
  /** How often the bus has cut off a slow member. */
  cutOffs = 0;
  /** Such a transfer arrives twice: no bus promises that it does not. */
  doubles: () => boolean = () => false;
  /** Such a transfer waits for `release`; those behind it do not. */
  holds: (from: number, to: number, subject: string) => boolean = () => false;

  constructor(loop: EventLoop, options: NetworkOptions) {
    this.#loop = loop;
    this.#options = options;
    this.mixesSubjects = options.mixesSubjects ?? false;
    this.#hub = new MemoryBusHub((transfer, deliver) => this.#schedule(transfer, deliver), 65536);
  }

  /** Tells of every message before it leaves. */
  watch(watcher: (traffic: Traffic) => void): void {
    this.#watchers.push(watcher);
  }

  /** `inside` runs what arrives, in the turn of the member. */
  connect(member: number, inside: (fn: () => void) => void): BusPort {
    const bus = this.#hub.connect(nameOf(member));
    const joiner = new Joiner();
    return new TappedBus(bus, inside, (payload, subject) => {
      const traffic = trafficOf(payload, subject, member, joiner);
      for (const one of traffic) for (const watcher of this.#watchers) watcher(one);
      return !traffic.some((one) => this.loses(one));
    });
  }

  kill(member: number): void {
    this.#hub.kill(nameOf(member));
  }

  /** The member loses its connection to the bus, and knows it. */
  disconnect(member: number): void {
    this.#hub.disconnect(nameOf(member));
  }

  /** Without effect where the process has ended meanwhile. */
  reconnect(member: number): void {
    if (this.#hub.has(nameOf(member))) this.#hub.reconnect(nameOf(member));
  }

  /** From now on nothing passes between members of different groups, and nobody is told. */
  partition(...groups: readonly (readonly number[])[]): void {
    this.heal();
    for (const group of groups) {
      for (const other of groups) {
        if (group === other) continue;
        for (const from of group) for (const to of other) this.cut(from, to);
      }
    }
  }

  /** Nothing passes any more in that direction. */
  cut(from: number, to: number): void {
    this.#lane(nameOf(from), nameOf(to)).cuts += 1;
  }

  /** It passes again in that direction. A cut that was made twice has to be mended twice. */
  mend(from: number, to: number): void {
    const lane = this.#lane(nameOf(from), nameOf(to));
    lane.cuts = Math.max(lane.cuts - 1, 0);
  }

  heal(): void {
    for (const lanes of this.#lanes.values()) for (const lane of lanes.values()) lane.cuts = 0;
  }

  /** The next message in that direction is lost: the link's numbers show a gap. */
  loseNext(from: number, to: number): void {
    this.#lane(nameOf(from), nameOf(to)).loses = true;
  }

  /** The member reads slowly from now on; the bus cuts it off when too much waits for it, and it comes again. */
  slowDown(member: number): void {
    this.#slow.set(member, { waiting: 0, doneMs: 0 });
  }

  speedUp(member: number): void {
    this.#slow.delete(member);
  }

  /** From now on; `undefined` puts it right. */
  setSubscriptions(member: number, subscriptions: UnsteadySubscriptions | undefined): void {
    if (subscriptions === undefined) this.#unsteady.delete(member);
    else this.#unsteady.set(member, subscriptions);
  }

  get heldCount(): number {
    return this.#held.length;
  }

  /** Lets held transfers go, the oldest first; all of them without a count. */
  release(count: number = this.#held.length): void {
    for (const { pass } of this.#held.splice(0, count)) pass();
  }

  #schedule(transfer: Transfer, deliver: () => void): void {
    const { kind, subject } = transfer;
    const lane = this.#lane(transfer.from, transfer.to);
    if (kind === 'message') {
      if (lane.loses) {
        lane.loses = false;
        return;
      }
      if (this.#isCutOff(lane.to)) return;
      if (this.holds(lane.from, lane.to, subject)) {
        this.#held.push({ transfer, pass: () => this.#pass(transfer, lane, deliver) });
        return;
      }
    }
    this.#pass(transfer, lane, deliver);
  }

  #pass(transfer: Transfer, lane: Lane, deliver: () => void): void {
    const isMessage = transfer.kind === 'message';
    const unsteady = isMessage ? this.#unsteady.get(lane.to) : undefined;
    const isDirect = unsteady !== undefined && recipientOf(transfer.subject) !== undefined;
    if (unsteady !== undefined && !isDirect && unsteady.losesBroadcast()) return;
    const order = this.mixesSubjects || unsteady !== undefined ? transfer.subject : '';
    const lagMs = this.addedMs + (isDirect ? unsteady.directLagMs : 0);
    const dueMs = Math.max(
      this.#loop.nowMs + this.#options.latencyMs() + lagMs,
      lane.lastDueMs.get(order) ?? 0,
    );
    lane.lastDueMs.set(order, dueMs);
    const readMs = this.#readMs(lane.to, dueMs);
    const arrivals = isMessage && this.doubles() ? 2 : 1;
    for (let arrival = 0; arrival < arrivals; arrival += 1) {
      this.#loop.at(readMs, () => {
        if (!isMessage || lane.cuts === 0) deliver();
      });
    }
  }

  #lane(from: string, to: string): Lane {
    let lanes = this.#lanes.get(from);
    if (lanes === undefined) {
      lanes = new Map();
      this.#lanes.set(from, lanes);
    }
    const known = lanes.get(to);
    if (known !== undefined) return known;
    const lane = new Lane(from, to);
    lanes.set(to, lane);
    return lane;
  }

  /** When a slow member has read what arrives at `dueMs`: one thing after the other. */
  #readMs(member: number, dueMs: number): number {
    const slow = this.#slow.get(member);
    if (slow === undefined) return dueMs;
    slow.waiting += 1;
    slow.doneMs = Math.max(dueMs, slow.doneMs) + SLOW_READ_MS;
    this.#loop.at(slow.doneMs, () => {
      slow.waiting -= 1;
    });
    return slow.doneMs;
  }

  /** A bus drops a connection that too much waits for (NATS: "slow consumer"); what waited is lost. */
  #isCutOff(member: number): boolean {
    const slow = this.#slow.get(member);
    if (slow === undefined || slow.waiting < SLOW_CONSUMER_LIMIT) return false;
    this.#slow.set(member, { waiting: 0, doneMs: 0 });
    this.cutOffs += 1;
    this.#loop.at(this.#loop.nowMs, () => {
      if (!this.#hub.has(nameOf(member))) return;
      this.disconnect(member);
      this.#loop.at(this.#loop.nowMs + RECONNECT_MS, () => {
        if (this.#hub.has(nameOf(member))) this.reconnect(member);
      });
    });
    return true;
  }
}

/** Looks at what a member publishes before it leaves. */
class TappedBus implements BusPort {
  readonly #bus: BusPort;
  readonly #inside: (fn: () => void) => void;
  readonly #passes: (payload: Uint8Array, subject: string) => boolean;

  constructor(
    bus: BusPort,
    inside: (fn: () => void) => void,
    passes: (payload: Uint8Array, subject: string) => boolean,
  ) {
    this.#bus = bus;
    this.#inside = inside;
    this.#passes = passes;
  }

  get maxPayloadBytes(): number {
    return this.#bus.maxPayloadBytes;
  }

  publish(subject: string, payload: Uint8Array): void {
    if (this.#passes(payload, subject)) this.#bus.publish(subject, payload);
  }

  probe(subject: string, payload: Uint8Array, gone: () => void): void {
    if (!this.#passes(payload, subject)) return;
    this.#bus.probe(subject, payload, () => this.#inside(gone));
  }

  subscribe(subject: string, callback: (payload: Uint8Array) => void): void {
    this.#bus.subscribe(subject, (payload) => {
      // A member that is frozen looks at it later, when the bus has taken its bytes back.
      const own = new Uint8Array(payload);
      this.#inside(() => callback(own));
    });
  }

  onStatus(callback: (status: 'up' | 'down') => void): void {
    this.#bus.onStatus((status) => this.#inside(() => callback(status)));
  }

  close(done: Done): void {
    this.#bus.close(done);
  }
}

/** A message that leaves in pieces is seen with its last one. */
function trafficOf(payload: Uint8Array, subject: string, from: number, joiner: Joiner): Traffic[] {
  const envelope = decodeEnvelope(payload);
  const body =
    envelope.form === 'piece' ? joiner.join(subject, envelope.piece) : viewOf(envelope.body);
  if (body === undefined) return [];
  const to = recipientOf(subject);
  const traffic: Traffic[] = [];
  for (const section of decodeSections(body)) {
    if (section.kind === 'vote') {
      const notification = decodeNotification(section.payload);
      if (notification !== undefined) {
        traffic.push({ from, to, message: { type: 'VOTE', ...notification } });
      }
    } else if (section.kind === 'messages' || section.kind === 'answers') {
      for (const one of section.payloads) {
        traffic.push({ from, to, message: decodeLinkMessage(one) });
      }
    } else if (section.kind === 'broadcasts') {
      for (const one of section.payloads) {
        traffic.push({ from, to: undefined, message: decodeStreamMessage(one) });
      }
    }
  }
  return traffic;
}

/** Looked at before the bus takes it, so there is no need for a copy. */
function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function nameOf(member: number): string {
  return `member-${member}`;
}

function memberOf(name: string): number {
  return Number(name.slice('member-'.length));
}

/** Directed subjects end with the number of the member. */
function recipientOf(subject: string): number | undefined {
  const match = /\.member\.(\d+)$/.exec(subject);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
