import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readOptions, UsageError } from './options.ts';

describe('the command line of the bench', () => {
  test('has a default for everything', () => {
    const options = readOptions([]);
    assert.deepEqual(options.peers, ['zookeeper', 'etcd', 'jetstream']);
    assert.deepEqual(options.rows, []);
    assert.equal(options.group, 'compare');
    assert.equal(options.rounds, 3);
    assert.equal(options.size, 1);
    assert.equal('revision' in options, false);
  });

  test('reads lists and numbers', () => {
    const args = ['--rows', 'set 1 KB, get', '--seconds', '0.5', '--peers', 'etcd,zookeeper'];
    const options = readOptions(args);
    assert.deepEqual(options.rows, ['set 1 KB', 'get']);
    assert.equal(options.seconds, 0.5);
    assert.deepEqual(options.peers, ['etcd', 'zookeeper']);
    assert.deepEqual(readOptions(['--peers', 'none']).peers, []);
  });

  test('another revision stands instead of the peers', () => {
    const options = readOptions(['--vs', 'HEAD~3']);
    assert.deepEqual(options.peers, ['revision']);
    assert.equal(options.revision, 'HEAD~3');
  });

  for (const [args, message] of [
    [['--rounds', '0'], /--rounds is a whole number of at least 1, not "0"/],
    [['--rounds', '1.5'], /whole number/],
    [['--seconds', 'many'], /--seconds is a number/],
    [['--seconds', ''], /--seconds is a number/],
    [['--size', '2'], /--size is a number from 0.0001 to 1/],
    [['--peers', 'consul'], /not "consul"/],
    [['--group', 'all'], /compare or scale/],
    [['--vs', 'HEAD', '--peers', 'etcd'], /leave out --peers/],
    [['--fast'], /--fast/],
  ] as const) {
    test(`refuses ${args.join(' ')}`, () => {
      assert.throws(
        () => readOptions(args),
        (error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }
});
