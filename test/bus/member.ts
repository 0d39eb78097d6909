import { type LinkHandler, Links } from '../../runtime/bus/link.ts';
import { eventually } from './eventually.ts';
import { FaultyBus, type Network } from './network.ts';

export const MEMBERS = [1, 2, 3];

/** One member's links, and one line for everything they said. */
export class Member implements LinkHandler {
  readonly id: number;
  readonly bus: FaultyBus;
  readonly links: Links;
  readonly said: string[] = [];
  /** Payloads as they came, to see whether they stay what they were. */
  readonly payloads: Buffer[] = [];
  /** What the member does on a message, beside noting it. */
  onMessage: (from: number, linkId: number, payload: Buffer) => void = () => undefined;

  constructor(network: Network, id: number) {
    this.id = id;
    this.bus = new FaultyBus(network.connect(`member-${id}`));
    this.links = new Links(this.bus, { ensemble: 'test', self: id, members: MEMBERS }, this);
  }

  vote(from: number, payload: Buffer): void {
    this.said.push(`vote ${from} ${shown(payload)}`);
  }

  message(from: number, linkId: number, payload: Buffer): void {
    this.payloads.push(payload);
    this.said.push(`message ${from}/${linkId} ${shown(payload)}`);
    this.onMessage(from, linkId, payload);
  }

  broadcast(from: number, streamId: number, sequence: number, payload: Buffer): void {
    this.payloads.push(payload);
    this.said.push(`broadcast ${from}/${streamId} ${sequence} ${shown(payload)}`);
  }

  linkDown(peer: number, linkId: number, reason: string): void {
    this.said.push(`linkDown ${peer}/${linkId} ${reason}`);
  }

  streamDown(leader: number, streamId: number, reason: string): void {
    this.said.push(`streamDown ${leader}/${streamId} ${reason}`);
  }

  gone(peer: number): void {
    this.said.push(`gone ${peer}`);
  }

  busDown(): void {
    this.said.push('busDown');
  }

  busUp(): void {
    this.said.push('busUp');
  }

  send(peer: number, linkId: number, text: string): void {
    this.links.send(peer, linkId, Buffer.from(text));
  }

  publish(streamId: number, text: string): number {
    return this.links.publish(streamId, Buffer.from(text));
  }

  async hears(line: string): Promise<void> {
    await eventually(`member ${this.id} hears "${line}", not only ${this.#tail()}`, () =>
      this.said.includes(line),
    );
  }

  /** Everything said so far, once. */
  take(): string[] {
    return this.said.splice(0);
  }

  #tail(): string {
    return JSON.stringify(this.said.slice(-5));
  }
}

/** Members that are connected and know it. */
export async function startMembers(network: Network, ids: readonly number[]): Promise<Member[]> {
  const members = ids.map((id) => new Member(network, id));
  for (const member of members) {
    await member.hears('busUp');
    member.take();
  }
  return members;
}

function shown(payload: Buffer): string {
  return payload.length <= 64 ? payload.toString() : `${payload.length} bytes`;
}
