import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentBetween, sentBytesOf } from './sent-bytes.ts';

function line(local: string, peer: string, pid: number, sent?: number): string {
  const told = sent === undefined ? '' : ` bytes_sent:${sent} bytes_acked:${sent}`;
  return `ESTAB 0      20     ${local}    ${peer}  users:(("Main Thread",pid=${pid},fd=33)) cubic wscale:7,7${told} bytes_received:5`;
}

test('what processes have sent, without what they have answered their clients', () => {
  const text = [
    line('127.0.0.1:2181', '127.0.0.1:5000', 11, 1000),
    line('127.0.0.1:6000', '127.0.0.1:4222', 11, 200),
    line('[::ffff:127.0.0.1]:6001', '[::ffff:127.0.0.1]:4222', 12, 30),
    line('127.0.0.1:6002', '127.0.0.1:4222', 111, 4),
    line('127.0.0.1:6003', '127.0.0.1:4222', 11),
    'ESTAB 0 0 127.0.0.1:7000 127.0.0.1:4222 cubic bytes_sent:9',
    '',
  ].join('\n');
  const sent = sentBytesOf(text, [11, 12], 2181);
  assert.deepEqual([...sent.values()], [200, 30]);
});

test('between two looks, connections that are new count in full', () => {
  const before = new Map([
    ['a', 100],
    ['gone', 50],
  ]);
  const after = new Map([
    ['a', 150],
    ['new', 7],
  ]);
  assert.equal(sentBetween(before, after), 57);
});
