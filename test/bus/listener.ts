import type { TestContext } from 'node:test';
import { type BusNotice, NatsBus, type NatsBusOptions } from '../../runtime/bus/nats-bus.ts';
import { eventually } from './eventually.ts';
import { closed } from './network.ts';

/** A NATS bus with everything it reported and received; closed after the test. */
export class Listener {
  readonly bus: NatsBus;
  readonly statuses: string[] = [];
  readonly notices: BusNotice[] = [];
  readonly heard: string[] = [];

  constructor(context: TestContext, options: NatsBusOptions) {
    this.bus = new NatsBus({ ...options, onNotice: (notice) => this.notices.push(notice) });
    this.bus.onStatus((status) => this.statuses.push(status));
    context.after(() => closed(this.bus));
  }

  subscribe(subject: string): void {
    this.bus.subscribe(subject, (payload) => this.heard.push(Buffer.from(payload).toString()));
  }

  publish(subject: string, text: string): void {
    this.bus.publish(subject, Buffer.from(text));
  }

  /** Waits until these are the statuses so far, from the first one on. */
  async reports(...statuses: string[]): Promise<void> {
    await eventually(`the bus reports ${statuses.join(', ')}`, () =>
      statuses.every((status, index) => this.statuses[index] === status),
    );
  }

  async noted(kind: BusNotice['kind'], text: string): Promise<void> {
    await eventually(`a notice of ${kind} that says ${text}`, () =>
      this.notices.some((notice) => notice.kind === kind && notice.message.includes(text)),
    );
  }

  async hears(text: string): Promise<void> {
    await eventually(`"${text}" arrives`, () => this.heard.includes(text));
  }
}
