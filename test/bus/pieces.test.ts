import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeEnvelope,
  encodeEnvelope,
  HEADER_BYTES,
  type Piece,
} from '../../runtime/bus/envelope.ts';
import { cutEnvelope, Joiner, MAX_MESSAGE_BYTES } from '../../runtime/bus/pieces.ts';

function messageOf(text: string): Buffer {
  return encodeEnvelope(1, [{ kind: 'vote', payload: Buffer.from(text) }]);
}

function piecesOf(text: string, set: number, maxPayloadBytes = 64): Piece[] {
  return cutEnvelope(1, messageOf(text), set, maxPayloadBytes).map((bytes) => {
    assert.ok(bytes.length <= maxPayloadBytes);
    const envelope = decodeEnvelope(bytes);
    assert.ok(envelope.form === 'piece');
    return envelope.piece;
  });
}

function joinAll(joiner: Joiner, source: string, pieces: Piece[]): (Buffer | undefined)[] {
  return pieces.map((piece) => joiner.join(source, piece));
}

test('pieces of several sources interleave and join to what was cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 100, maxLength: 400 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 23, max: 90 }),
      fc.array(fc.nat(3), { minLength: 100, maxLength: 100 }),
      (texts, maxPayloadBytes, turns) => {
        const joiner = new Joiner();
        const waiting = texts.map((text, index) => piecesOf(text, index, maxPayloadBytes));
        const joined = new Map<number, Buffer>();
        const take = (index: number): void => {
          const piece = waiting[index]?.shift();
          if (piece === undefined) return;
          const body = joiner.join(`source ${index}`, piece);
          if (body !== undefined) joined.set(index, body);
        };
        for (const turn of turns) take(turn);
        for (const [index, rest] of waiting.entries()) while (rest.length > 0) take(index);
        for (const [index, text] of texts.entries()) {
          assert.deepEqual(joined.get(index), messageOf(text).subarray(HEADER_BYTES));
        }
        assert.equal(joiner.heldBytes, 0);
        assert.equal(joiner.abandoned, 0);
      },
    ),
  );
});

test('a message with a missing, doubled or foreign piece is abandoned, the next one joins', () => {
  const text = 'x'.repeat(200);
  const [a, b, c, ...rest] = piecesOf(text, 1);
  const [, other] = piecesOf(text, 2);
  assert.ok(a !== undefined && b !== undefined && c !== undefined && other !== undefined);
  for (const broken of [
    [a, c, ...rest],
    [a, b, b, c, ...rest],
    [a, other, c, ...rest],
    [b, c],
  ]) {
    const joiner = new Joiner();
    assert.ok(joinAll(joiner, 'source', broken).every((body) => body === undefined));
    assert.equal(joinAll(joiner, 'source', piecesOf(text, 3)).at(-1)?.length, 205);
    assert.equal(joiner.abandoned, broken[0] === a ? 1 : 0);
    assert.equal(joiner.heldBytes, 0);
  }
});

test('a beginning replaces an unfinished message of the same source', () => {
  const joiner = new Joiner();
  joinAll(joiner, 'source', piecesOf('x'.repeat(200), 1).slice(0, 2));
  assert.equal(joiner.heldBytes, 205);
  assert.equal(joinAll(joiner, 'source', piecesOf('y'.repeat(300), 2)).at(-1)?.length, 305);
  assert.equal(joiner.abandoned, 1);
  assert.equal(joiner.heldBytes, 0);
});

test('the memory for joining is bounded: the oldest unfinished message gives way', () => {
  const joiner = new Joiner(450);
  const beginning = (set: number): Piece[] => piecesOf('x'.repeat(200), set).slice(0, 1);
  joinAll(joiner, 'first', beginning(1));
  joinAll(joiner, 'second', beginning(2));
  joinAll(joiner, 'third', beginning(3));
  assert.equal(joiner.heldBytes, 410);
  assert.equal(joiner.abandoned, 1);
  const rest = (set: number): Piece[] => piecesOf('x'.repeat(200), set).slice(1);
  assert.ok(joinAll(joiner, 'first', rest(1)).every((body) => body === undefined));
  assert.equal(joinAll(joiner, 'second', rest(2)).at(-1)?.length, 205);
  assert.equal(joinAll(joiner, 'third', rest(3)).at(-1)?.length, 205);
  assert.equal(joiner.heldBytes, 0);
});

test('a message that announces more than is allowed takes no memory', () => {
  const joiner = new Joiner();
  const piece = { set: 1, totalBytes: MAX_MESSAGE_BYTES + 1, offset: 0, bytes: Buffer.of(1) };
  assert.equal(joiner.join('source', piece), undefined);
  assert.equal(joiner.heldBytes, 0);
  assert.equal(joiner.abandoned, 1);
});
