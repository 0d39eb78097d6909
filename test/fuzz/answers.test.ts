import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JuteWriter } from '../client/jute-writer.ts';
import { Random } from '../sim/world/random.ts';
import { Answers, Leak } from './answers.ts';
import { wellFormed } from './corpus.ts';
import { mutated } from './mutation.ts';

const SECRET = Buffer.from('a secret of some length');
const WELCOME = new JuteWriter().raw(Buffer.alloc(37)).frame();

function reply(xid: number, zxid: number, error: number, body = Buffer.alloc(0)): Buffer {
  return new JuteWriter().int(xid).long(zxid).int(error).raw(body).frame();
}

function welcomed(): Answers {
  const answers = new Answers(SECRET);
  answers.receive(WELCOME);
  return answers;
}

describe('what an attacker may receive', () => {
  test('replies in the order of the requests, and events between them', () => {
    const answers = welcomed();
    answers.expect(4);
    answers.expect(-2);
    answers.receive(Buffer.concat([reply(4, 10, -101), reply(-1, 10, 0), reply(-2, 10, 0)]));
    assert.equal(answers.answered, 2);
    assert.equal(answers.events, 1);
    assert.equal(answers.dueCount, 0);
  });

  test('a reply to something else', () => {
    const answers = welcomed();
    answers.expect(4);
    assert.throws(() => answers.receive(reply(5, 10, 0)), Leak);
  });

  test('bytes behind an error', () => {
    const answers = welcomed();
    answers.expect(4);
    assert.throws(() => answers.receive(reply(4, 10, -101, Buffer.alloc(1))), Leak);
  });

  test('a zxid that goes back', () => {
    const answers = welcomed();
    answers.expect(4);
    answers.expect(5);
    answers.receive(reply(4, 10, 0));
    assert.throws(() => answers.receive(reply(5, 9, 0)), Leak);
  });

  test('the secret, wherever a piece of the stream ends', () => {
    for (let cut = 1; cut < SECRET.length; cut++) {
      const answers = welcomed();
      answers.expect(4);
      const bytes = reply(4, 10, 0, SECRET);
      const at = bytes.length - cut;
      assert.throws(() => {
        answers.receive(bytes.subarray(0, at));
        answers.receive(bytes.subarray(at));
      }, Leak);
    }
  });
});

test('the same seed damages the same requests in the same way, and leaves the original alone', () => {
  const frames = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 500 }, (_, xid) => {
      const good = wellFormed(random, xid);
      const copy = Buffer.from(good);
      const bad = mutated(random, good, wellFormed(random, xid));
      assert.deepEqual(good, copy);
      return bad.toString('hex');
    });
  };
  assert.deepEqual(frames(7), frames(7));
  assert.notDeepEqual(frames(7), frames(8));
  assert.ok(new Set(frames(7)).size > 490);
});
