import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putRequest, rangeCount, rangeRequest } from './generators/etcd-message.ts';

test('requests are framed, and their fields are those of the protocol', () => {
  assert.equal(putRequest('k', Buffer.from('v')).toString('hex'), '0000000006' + '0a016b120176');
  assert.equal(rangeRequest('k').toString('hex'), '0000000005' + '0a016b3801');
});

test('a value of more than 127 bytes has a length of two', () => {
  const request = putRequest('k', Buffer.alloc(300, 'v'));
  assert.equal(request.subarray(5, 11).toString('hex'), '0a016b12ac02');
  assert.equal(request.readUInt32BE(1), request.length - 5);
});

test('the count of a response is found behind the keys, and a torn one is refused', () => {
  // A header of two bytes, one key of three, then the count.
  const response = Buffer.from('000000000b' + '0a021001' + '1203aabbcc' + '2001', 'hex');
  assert.equal(rangeCount(response), 1);
  assert.equal(rangeCount(response.subarray(0, response.length - 2)), 0);
  assert.throws(() => rangeCount(response.subarray(0, response.length - 3)), RangeError);
  assert.throws(() => rangeCount(response.subarray(0, response.length - 1)), RangeError);
});
