import { differs, type Kind, supported, titlesOf } from './row.ts';

const nodes = titlesOf('test/interop/protocol/nodes.ts');
const checks = titlesOf('test/znode/write-checks.test.ts');
const reaping = titlesOf('test/znode/reaping.test.ts');
const watches = titlesOf('test/interop/protocol/watches.ts');
const persistent = titlesOf('test/interop/protocol/persistent-watches.ts');
const reads = titlesOf('test/znode/read.test.ts');

const SEQUENCE = nodes('sequential names: the number is that of the creates in the parent');
const TTL = reaping(
  'a TTL node may be deleted when nobody has written to it for longer than its TTL',
);

export const createFlags: Kind = {
  title: 'Create flags',
  of: 'flag',
  rows: [
    supported('0 persistent', nodes('a created node: its stat, its data, its ACL')),
    supported(
      '1 ephemeral',
      nodes('an ephemeral node: its owner, no children, anyone may delete it'),
    ),
    supported('2 persistent sequential', SEQUENCE),
    supported(
      '3 ephemeral sequential',
      checks('sequence numbers: creates of every kind count, deletes and failures do not'),
    ),
    supported(
      '4 container',
      reaping('a container may be deleted when it has had a child and has none'),
    ),
    differs(
      '5 TTL',
      'on unless extendedTypesEnabled=false; ZooKeeper has it off',
      TTL,
      reaping('without extended types TTL nodes are not there, and nothing else is different'),
    ),
    differs('6 TTL sequential', 'as 5', reaping('createTTL: flags and bounds of the TTL')),
    supported('any other', reaping('createTTL: flags and bounds of the TTL')),
  ],
};

export const watchKinds: Kind = {
  title: 'Kinds of watches',
  of: 'watch',
  rows: [
    supported(
      'data (getData, exists)',
      watches('a watch fires once, before the reply of the write that fires it'),
    ),
    supported(
      'existence of what is not there (exists)',
      watches('exists watches what is not there yet; getData and getChildren do not'),
    ),
    supported(
      'children (getChildren)',
      watches('children watches: children come and go, nothing else'),
    ),
    supported(
      'persistent (addWatch 0)',
      persistent('a persistent watch hears of the node and its children, and stays'),
    ),
    supported(
      'persistent recursive (addWatch 1)',
      persistent('a recursive watch hears of all that is below, and never that children changed'),
    ),
    supported(
      'several modes of one connection on one path',
      persistent('every watch of a connection that matches is one event, with the zxid of its txn'),
    ),
    supported(
      'armed again (setWatches, setWatches2)',
      watches('setWatches: what was missed comes before its reply, the rest is armed'),
      persistent('watches go with their connection, and setWatches2 brings them to the next one'),
    ),
  ],
};

export const watchEvents: Kind = {
  title: 'Watch events',
  of: 'event',
  rows: [
    supported(
      'NodeCreated (1)',
      watches('exists watches what is not there yet; getData and getChildren do not'),
    ),
    supported(
      'NodeDeleted (2)',
      watches('a delete is one event for one connection, whatever it watched'),
    ),
    supported('NodeDataChanged (3)', watches('a reader sees the event before the new data')),
    supported(
      'NodeChildrenChanged (4)',
      watches('children watches: children come and go, nothing else'),
    ),
    supported(
      'zxid of the txn in the header',
      persistent('every watch of a connection that matches is one event, with the zxid of its txn'),
    ),
    supported(
      'nothing to whoever may not read',
      persistent(
        'an event that the client may not read is swallowed, and the watch is spent or stays',
      ),
      reads('who may not read hears nothing, and the watch is spent'),
    ),
    supported('the config node has changed', [
      'test/interop/config-node.test.ts',
      'whoever watches hears of new members, across the restart that brings them',
    ]),
  ],
};
