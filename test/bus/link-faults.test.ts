import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LinkHandler, Links } from '../../runtime/bus/link.ts';
import { MemoryBusHub } from '../../runtime/bus/memory-bus.ts';

/** What may happen next, to the members or to the network. */
type Step =
  | {
      readonly do: 'send' | 'open' | 'close' | 'publish' | 'follow' | 'flush' | 'restart';
      readonly who: number;
    }
  | { readonly do: 'deliver' | 'drop' | 'double'; readonly which: number }
  | { readonly do: 'down' | 'up'; readonly who: number };

const IDS = [1, 2, 3];
const MAX_PAYLOAD_BYTES = 64;

/** Everything that was ever sent under one name, and what was received of it. */
class Ledger {
  readonly sent = new Map<string, string[]>();
  readonly received = new Map<string, string[]>();

  static note(book: Map<string, string[]>, name: string, content: string): void {
    const page = book.get(name);
    if (page === undefined) book.set(name, [content]);
    else page.push(content);
  }
}

interface InFlight {
  readonly isStatus: boolean;
  readonly deliver: () => void;
}

/** Three members on a network that loses, doubles, delays, reorders and cuts as the steps say. */
class World {
  readonly ledger = new Ledger();
  readonly #inFlight: InFlight[] = [];
  readonly #hub = new MemoryBusHub((transfer, deliver) => {
    this.#inFlight.push({ isStatus: transfer.kind === 'status', deliver });
  }, MAX_PAYLOAD_BYTES);
  readonly #links = new Map<number, Links>();
  /** By opener: the link it believes to be open, to the next member. */
  readonly #open = new Map<number, number>();
  readonly #streams = new Map<number, number>();
  readonly #isDown = new Set<number>();
  readonly #follows = new Map<number, number>();
  #lastId = 0;
  #lives = 0;

  constructor() {
    for (const id of IDS) this.#start(id);
    this.settle();
    for (const act of ['open', 'send', 'publish'] as const) {
      for (const id of IDS) this.take({ do: act, who: id });
    }
    for (const id of IDS) this.take({ do: 'follow', who: id });
    this.settle();
  }

  /** The network behaves from now on: everything arrives, in order. */
  settle(): void {
    for (const id of IDS) this.#links.get(id)?.flush();
    let delivered = 0;
    for (let next = this.#pick(0); next !== undefined; next = this.#pick(0)) {
      delivered += 1;
      assert.ok(delivered < 10_000, 'the members do not come to rest');
      next.deliver();
      if (this.#inFlight.length === 0) for (const id of IDS) this.#links.get(id)?.flush();
    }
  }

  heal(): void {
    for (const id of this.#isDown) this.#hub.reconnect(`${id}`);
    this.#isDown.clear();
    this.settle();
  }

  take(step: Step): void {
    if ('which' in step) this.#meddle(step.do, step.which);
    else if (step.do === 'down') {
      this.#isDown.add(step.who);
      this.#hub.disconnect(`${step.who}`);
    } else if (step.do === 'up') {
      this.#isDown.delete(step.who);
      this.#hub.reconnect(`${step.who}`);
    } else if (step.do === 'restart') this.#restart(step.who);
    else this.#act(this.#links.get(step.who), step.do, step.who);
  }

  #meddle(act: 'deliver' | 'drop' | 'double', which: number): void {
    if (act === 'deliver') this.#pick(which)?.deliver();
    else if (act === 'drop') this.#drop(which);
    else this.#inFlight.at(which)?.deliver();
  }

  #pick(which: number): InFlight | undefined {
    return this.#inFlight.splice(which, 1)[0];
  }

  /** A connection may learn of its status late, but it does learn of it. */
  #drop(which: number): void {
    const dropped = this.#pick(which);
    if (dropped?.isStatus) this.#inFlight.push(dropped);
  }

  #restart(who: number): void {
    this.#isDown.delete(who);
    this.#hub.kill(`${who}`);
    this.#open.delete(who);
    this.#streams.delete(who);
    this.#start(who);
  }

  #act(links: Links | undefined, act: string, who: number): void {
    if (links === undefined) return;
    const peer = nextOf(who);
    if (act === 'flush') links.flush();
    else if (act === 'open') {
      this.#open.set(who, this.#fresh());
      links.openLink(peer, this.#open.get(who) ?? 0);
    } else if (act === 'close') links.closeLink(peer, this.#open.get(who) ?? 0);
    else if (act === 'send') this.#send(who, peer, this.#open.get(who) ?? 0);
    else if (act === 'publish') this.#publish(links, who);
    else {
      this.#follows.set(who, this.#fresh());
      links.follow(peer, this.#streams.get(peer) ?? 0);
    }
  }

  #send(from: number, to: number, linkId: number): void {
    const content = this.#content();
    Ledger.note(this.ledger.sent, `${from}>${to}/${linkId}`, content);
    this.#links.get(from)?.send(to, linkId, Buffer.from(content));
  }

  #publish(links: Links, who: number): void {
    const content = this.#content();
    const last = this.#streams.get(who);
    if (last === undefined || links.publish(last, Buffer.from(content)) === 0) {
      const streamId = this.#fresh();
      this.#streams.set(who, streamId);
      links.openStream(streamId);
      if (links.publish(streamId, Buffer.from(content)) === 0) return;
    }
    Ledger.note(this.ledger.sent, `${who}/${this.#streams.get(who)}`, content);
  }

  /** Some fit a bus message, some travel in pieces. */
  #content(): string {
    const id = this.#fresh();
    return `${id} `.padEnd(id % 3 === 0 ? 150 : 8, '.');
  }

  #fresh(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #start(id: number): void {
    this.#lives += 1;
    const ended = new Set<string>();
    const live = `life ${this.#lives}`;
    const handler: LinkHandler = {
      vote() {},
      message: (from, linkId, payload) => {
        const name = `${from}>${id}/${linkId}`;
        assert.ok(!ended.has(`${from}/${linkId}`), `${name} goes on after its end`);
        Ledger.note(this.ledger.received, `${live} ${name}`, payload.toString());
        // The other direction of the same link.
        if (from !== nextOf(id) || this.#open.get(id) !== linkId) this.#send(id, from, linkId);
      },
      broadcast: (from, streamId, sequence, payload) => {
        const sent = this.ledger.sent.get(`${from}/${streamId}`) ?? [];
        assert.equal(payload.toString(), sent[sequence - 1]);
        Ledger.note(this.ledger.received, `follow ${this.#follows.get(id)} stream`, `${sequence}`);
      },
      linkDown: (peer, linkId) => {
        assert.ok(!ended.has(`${peer}/${linkId}`), `link ${peer}/${linkId} ends twice`);
        ended.add(`${peer}/${linkId}`);
      },
      streamDown() {},
      gone() {},
      busDown() {},
      busUp() {},
    };
    const bus = this.#hub.connect(`${id}`);
    const options = { ensemble: 'test', self: id, members: IDS, incarnation: this.#lives };
    this.#links.set(id, new Links(bus, options, handler));
  }
}

function nextOf(id: number): number {
  return (id % IDS.length) + 1;
}

const who = fc.constantFrom(...IDS);
const act = (...acts: ('send' | 'publish' | 'flush' | 'open' | 'close' | 'follow')[]) =>
  fc.record({ do: fc.constantFrom(...acts), who });
const trouble = fc.constantFrom('down' as const, 'up' as const, 'restart' as const);
const meddling = fc.constantFrom('deliver' as const, 'drop' as const, 'double' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 40, arbitrary: act('send', 'publish', 'flush') },
  { weight: 3, arbitrary: act('open', 'close', 'follow') },
  {
    weight: 50,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.constant(0) }),
  },
  { weight: 5, arbitrary: fc.record({ do: meddling, which: fc.constantFrom(0, 0, 1, 2, 5) }) },
  { weight: 1, arbitrary: fc.record({ do: trouble, who }) },
);

const steps = fc.array(step, { minLength: 20, maxLength: 300, size: 'max' });

test('whatever the network does, a link delivers a beginning of what was sent, in order and once', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const world = new World();
      for (const each of taken) world.take(each);
      world.settle();
      for (const [name, received] of world.ledger.received) {
        const [, , what = ''] = name.split(' ');
        if (what === 'stream') {
          const [first = ''] = received;
          const expected = received.map((_, index) => `${Number(first) + index}`);
          assert.deepEqual(received, expected, name);
        } else {
          const sent = world.ledger.sent.get(what) ?? [];
          assert.deepEqual(received, sent.slice(0, received.length), name);
        }
      }
    }),
    { seed: -1107065079, numRuns: 300 },
  );
});

test('after any trouble a new link between any two members works', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const world = new World();
      for (const each of taken) world.take(each);
      world.heal();
      for (const id of IDS) {
        const before = world.ledger.received.size;
        world.take({ do: 'open', who: id });
        world.take({ do: 'send', who: id });
        world.settle();
        assert.ok(world.ledger.received.size > before, `member ${id} reaches nobody`);
      }
    }),
    { seed: -1107065079, numRuns: 200 },
  );
});
