import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { eventually } from './eventually.ts';
import { type Member, startMembers } from './member.ts';
import type { Network, StartNetwork } from './network.ts';

type Run = (members: [Member, Member, Member], network: Network) => Promise<void>;

/** What the links promise, whichever bus carries them. */
export function linkSuite(bus: string, start: StartNetwork): void {
  const check = (name: string, run: Run, options: { maxPayloadBytes?: number } = {}): void => {
    test(`${bus}: ${name}`, async (context: TestContext) => {
      const network = await start(options);
      context.after(() => network.dispose());
      const [one, two, three] = await startMembers(network, [1, 2, 3]);
      assert.ok(one !== undefined && two !== undefined && three !== undefined);
      await run([one, two, three], network);
    });
  };

  check('a link carries both directions in order, exactly once', async ([one, two]) => {
    two.onMessage = (from, linkId, payload) => {
      two.send(from, linkId, `re ${payload.toString()}`);
      two.links.flush();
    };
    one.links.openLink(2, 7);
    const texts = Array.from({ length: 500 }, (_, index) => `${index}`);
    for (const [index, text] of texts.entries()) {
      one.send(2, 7, text);
      if (index % 7 === 0) one.links.flush();
    }
    one.links.flush();
    await one.hears('message 2/7 re 499');
    assert.deepEqual(
      two.take(),
      texts.map((text) => `message 1/7 ${text}`),
    );
    assert.deepEqual(
      one.take(),
      texts.map((text) => `message 2/7 re ${text}`),
    );
  });

  check('nothing leaves before the flush', async ([one, two, three]) => {
    one.links.openLink(2, 7);
    one.links.openLink(3, 8);
    one.send(2, 7, 'held');
    one.send(3, 8, 'flushed');
    two.links.openLink(3, 9);
    two.send(3, 9, 'marker');
    two.links.flush();
    await three.hears('message 2/9 marker');
    assert.deepEqual(two.take(), []);
    one.links.flush();
    await two.hears('message 1/7 held');
    await three.hears('message 1/8 flushed');
  });

  check('votes reach one member or all others', async ([one, two, three]) => {
    one.links.sendVote('all', Buffer.from('for all'));
    one.links.sendVote(3, Buffer.from('for three'));
    one.links.flush();
    await two.hears('vote 1 for all');
    await three.hears('vote 1 for three');
    assert.deepEqual(two.take(), ['vote 1 for all']);
    assert.deepEqual(three.take().sort(), ['vote 1 for all', 'vote 1 for three']);
    assert.deepEqual(one.take(), []);
  });

  check('a followed stream arrives in order from the first broadcast seen', async (members) => {
    const [one, two, three] = members;
    one.links.openStream(5);
    assert.equal(one.publish(5, 'a'), 1);
    two.links.follow(1, 5);
    one.links.flush();
    await two.hears('broadcast 1/5 1 a');
    three.links.follow(1, 5);
    assert.equal(one.publish(5, 'b'), 2);
    assert.equal(one.publish(5, 'c'), 3);
    assert.equal(one.links.sequence(5), 3);
    one.links.flush();
    await two.hears('broadcast 1/5 3 c');
    await three.hears('broadcast 1/5 3 c');
    assert.deepEqual(three.take(), ['broadcast 1/5 2 b', 'broadcast 1/5 3 c']);
    three.links.unfollow();
    two.links.follow(1, 6);
    one.publish(5, 'd');
    one.links.openStream(6);
    one.publish(6, 'e');
    one.links.flush();
    await two.hears('broadcast 1/6 1 e');
    assert.deepEqual(three.take(), []);
    assert.deepEqual(two.take().slice(3), ['broadcast 1/6 1 e']);
  });

  check('what is sent after a broadcast of the same turn does not overtake it', async (members) => {
    const [one, two] = members;
    two.links.follow(1, 5);
    one.links.openStream(5);
    one.links.openLink(2, 7);
    one.publish(5, 'commit');
    one.send(2, 7, 'sync answer');
    one.links.flush();
    await two.hears('message 1/7 sync answer');
    assert.deepEqual(two.take(), ['broadcast 1/5 1 commit', 'message 1/7 sync answer']);
  });

  check(
    'messages above the maximum payload travel in pieces',
    async ([one, two, three]) => {
      const large = (seed: number): Buffer =>
        Buffer.from(Uint8Array.from({ length: 50_000 + seed }, (_, index) => index * seed));
      two.links.follow(1, 5);
      one.links.openStream(5);
      one.links.openLink(2, 7);
      one.links.openLink(3, 8);
      three.links.openLink(2, 9);
      const expected: Buffer[] = [];
      for (let seed = 1; seed <= 5; seed++) {
        one.links.publish(5, large(seed));
        one.links.send(2, 7, large(seed + 10));
        one.send(2, 7, 'small');
        one.links.send(3, 8, large(seed + 20));
        three.links.send(2, 9, large(seed + 30));
        one.links.flush();
        three.links.flush();
        expected.push(large(seed), large(seed + 10), Buffer.from('small'), large(seed + 30));
      }
      await eventually('all arrived', () => two.said.length === 20 && three.said.length === 5);
      const sizes = (payloads: Buffer[]): string[] =>
        payloads.map((payload) => payload.toString('base64')).sort();
      assert.deepEqual(sizes(two.payloads), sizes(expected));
      assert.deepEqual(
        two.said.filter((line) => line.startsWith('message 1/7')),
        [11, 12, 13, 14, 15].flatMap((seed) => [
          `message 1/7 ${50_000 + seed} bytes`,
          'message 1/7 small',
        ]),
      );
      assert.equal(two.links.counters.abandoned, 0);
    },
    { maxPayloadBytes: 4096 },
  );

  check(
    'many small messages of one turn split at their borders',
    async ([one, two]) => {
      one.links.openLink(2, 7);
      for (let index = 0; index < 300; index++) one.send(2, 7, `message number ${index}`);
      one.links.sendVote(2, Buffer.from('vote'));
      one.links.flush();
      await two.hears('vote 1 vote');
      assert.equal(two.said.length, 301);
      assert.equal(two.said[299], 'message 1/7 message number 299');
    },
    { maxPayloadBytes: 1024 },
  );

  check('a lost message ends the link on both sides', async ([one, two]) => {
    one.links.openLink(2, 7);
    one.send(2, 7, 'a');
    one.links.flush();
    await two.hears('message 1/7 a');
    one.bus.next(0);
    one.send(2, 7, 'lost');
    one.links.flush();
    one.send(2, 7, 'b');
    one.links.flush();
    await two.hears('linkDown 1/7 number 3 came after 1');
    await one.hears('linkDown 2/7 reset by the peer');
    one.send(2, 7, 'into the void');
    one.links.openLink(2, 8);
    one.send(2, 8, 'again');
    one.links.flush();
    await two.hears('message 1/8 again');
    assert.equal(two.said.length, 3);
  });

  check('a doubled message ends the link', async ([one, two]) => {
    one.links.openLink(2, 7);
    one.send(2, 7, 'a');
    one.links.flush();
    await two.hears('message 1/7 a');
    one.bus.next(2);
    one.send(2, 7, 'b');
    one.links.flush();
    await two.hears('linkDown 1/7 number 2 came after 2');
    assert.equal(two.said.filter((line) => line === 'message 1/7 b').length, 1);
    await one.hears('linkDown 2/7 reset by the peer');
  });

  check('a lost beginning is answered by a reset', async ([one, two]) => {
    one.links.openLink(2, 7);
    one.bus.next(0);
    one.send(2, 7, 'lost');
    one.links.flush();
    one.send(2, 7, 'b');
    one.links.flush();
    await one.hears('linkDown 2/7 reset by the peer');
    assert.deepEqual(two.take(), []);
    assert.equal(two.links.counters.unknownLink, 1);
  });

  check('a lost or doubled broadcast ends the stream', async ([one, two]) => {
    one.links.openStream(5);
    for (const copies of [0, 2]) {
      two.links.follow(1, 5);
      one.publish(5, 'a');
      one.links.flush();
      await eventually('the first arrives', () => two.said.some((line) => line.endsWith(' a')));
      two.take();
      one.bus.next(copies);
      one.publish(5, 'b');
      one.links.flush();
      one.publish(5, 'c');
      one.links.flush();
      await eventually('the end', () => two.said.some((line) => line.startsWith('streamDown 1/5')));
      const [first, second] = two.take();
      if (copies === 0) assert.equal(first, 'streamDown 1/5 sequence 3 came after 1');
      else assert.equal(second, 'streamDown 1/5 sequence 5 came after 5');
    }
  });

  check(
    'a lost piece loses its message and so ends the link',
    async ([one, two]) => {
      one.links.openLink(2, 7);
      one.send(2, 7, 'a');
      one.links.flush();
      one.bus.next(1, 0, 1);
      one.send(2, 7, 'x'.repeat(3000));
      one.links.flush();
      one.send(2, 7, 'b');
      one.links.flush();
      await two.hears('linkDown 1/7 number 3 came after 1');
      assert.equal(two.links.counters.abandoned, 1);
    },
    { maxPayloadBytes: 1024 },
  );

  check('closing a link tells the peer after what was sent on it', async ([one, two]) => {
    one.links.openLink(2, 7);
    one.send(2, 7, 'last word');
    one.links.closeLink(2, 7);
    one.links.flush();
    await two.hears('linkDown 1/7 reset by the peer');
    assert.deepEqual(two.take(), ['message 1/7 last word', 'linkDown 1/7 reset by the peer']);
    two.send(1, 7, 'too late');
    two.links.flush();
    assert.deepEqual(one.take(), []);
  });

  check('a newer link of the same peer replaces the older one', async ([one, two]) => {
    one.links.openLink(2, 7);
    one.send(2, 7, 'old');
    one.links.flush();
    await two.hears('message 1/7 old');
    one.bus.next(0);
    one.links.closeLink(2, 7);
    one.links.flush();
    one.links.openLink(2, 8);
    one.send(2, 8, 'new');
    one.links.flush();
    await two.hears('message 1/8 new');
    assert.deepEqual(two.take().slice(1), ['linkDown 1/7 replaced by link 8', 'message 1/8 new']);
  });

  check('closing a link inside its own message stops its delivery', async ([one, two]) => {
    two.onMessage = (from, linkId) => two.links.closeLink(from, linkId);
    one.links.openLink(2, 7);
    for (const text of ['a', 'b', 'c']) one.send(2, 7, text);
    one.links.flush();
    await two.hears('message 1/7 a');
    two.links.flush();
    await one.hears('linkDown 2/7 reset by the peer');
    assert.deepEqual(two.take(), ['message 1/7 a']);
  });

  check('links both ways between two members are two links', async ([one, two]) => {
    one.links.openLink(2, 7);
    two.links.openLink(1, 8);
    one.send(2, 7, 'a');
    two.send(1, 8, 'b');
    one.links.flush();
    two.links.flush();
    await two.hears('message 1/7 a');
    await one.hears('message 2/8 b');
    one.links.closeLink(2, 7);
    one.send(2, 8, 'c');
    one.links.flush();
    await two.hears('message 1/8 c');
    await two.hears('linkDown 1/7 reset by the peer');
  });

  check('delivered payloads stay what they were', async ([one, two]) => {
    one.links.openLink(2, 7);
    for (let index = 0; index < 50; index++) {
      one.send(2, 7, `payload ${index}`);
      one.links.flush();
    }
    await two.hears('message 1/7 payload 49');
    assert.deepEqual(
      two.payloads.map((payload) => payload.toString()),
      Array.from({ length: 50 }, (_, index) => `payload ${index}`),
    );
  });

  check('bytes that are no envelope are counted and ignored', async ([one, two]) => {
    const subject = 'viv.test.member.2';
    for (const bytes of [[], [1], [9, 1, 0, 0, 0, 1], [1, 1, 0, 0, 0, 1, 77], [1, 2, 0, 0, 0, 1]]) {
      one.bus.publish(subject, Uint8Array.from(bytes));
    }
    one.links.sendVote(2, Buffer.from('after'));
    one.links.flush();
    await two.hears('vote 1 after');
    assert.equal(two.links.counters.malformed, 5);
  });

  check('a probe reports only who is not there', async ([one]) => {
    one.links.probe(2);
    one.links.probe(4);
    one.links.flush();
    await one.hears('gone 4');
    assert.deepEqual(one.take(), ['gone 4']);
  });

  check('a probe is one bus message with what leaves for the peer', async ([one, two]) => {
    const before = one.bus.published;
    one.links.openLink(2, 7);
    one.links.openLink(4, 8);
    for (const [peer, link] of [
      [2, 7],
      [4, 8],
    ] as const) {
      one.links.probe(peer);
      one.send(peer, link, 'a');
      one.send(peer, link, 'b');
    }
    one.links.flush();
    assert.equal(one.bus.published - before, 2);
    await two.hears('message 1/7 b');
    await one.hears('gone 4');
    assert.deepEqual(two.take(), ['message 1/7 a', 'message 1/7 b']);
    assert.deepEqual(one.take(), ['gone 4']);
    one.send(4, 8, 'nobody is asked for again');
    one.links.flush();
    one.links.probe(2);
    one.send(2, 7, 'c');
    one.links.flush();
    await two.hears('message 1/7 c');
    assert.deepEqual(one.take(), []);
  });

  check(
    'a bus that goes down ends everything, and all begins anew when it is up',
    async (members, network) => {
      const [one, two] = members;
      one.links.openLink(2, 7);
      one.send(2, 7, 'a');
      one.links.openStream(5);
      two.links.follow(1, 5);
      one.publish(5, 'b');
      one.links.flush();
      await two.hears('message 1/7 a');
      two.take();
      for (const member of [one, two]) member.links.sendVote('all', Buffer.from('held'));
      one.links.sendVote(2, Buffer.from('held'));
      await network.down();
      await one.hears('busDown');
      await two.hears('busDown');
      assert.deepEqual(two.take(), [
        'linkDown 1/7 the bus is down',
        'streamDown 1/5 the bus is down',
        'busDown',
      ]);
      assert.equal(one.publish(5, 'dropped'), 0);
      one.send(2, 7, 'dropped');
      one.links.sendVote('all', Buffer.from('dropped'));
      one.links.flush();
      await network.up();
      await one.hears('busUp');
      await two.hears('busUp');
      one.links.openLink(2, 8);
      one.send(2, 8, 'new');
      one.links.flush();
      await two.hears('message 1/8 new');
      assert.deepEqual(two.take(), ['busUp', 'message 1/8 new']);
    },
  );
}
