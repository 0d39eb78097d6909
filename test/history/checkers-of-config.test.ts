import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientCheckers } from './checkers/index.ts';
import { HistoryScript, objections, zxidOf } from './history-script.ts';

const MEMBERS = 'server.1=a:2888:3888:participant;2181';

const textAt = (zxid: number, members = MEMBERS) => `${members}\nversion=${zxid.toString(16)}`;

function written(script: HistoryScript, counter: number, config: string): HistoryScript {
  return script.deliver(counter, { session: 0, cxid: 0, kind: 'setConfig', config });
}

function found(script: HistoryScript): Map<string, string> {
  return objections(clientCheckers({ expiry: { allowanceMs: 500 } }), script.events);
}

/** What `getData` of the config node has to say behind the txn with counter 1. */
function read(script: HistoryScript, data: string, version = -1): HistoryScript {
  const stat = {
    ...{ czxid: 0, mzxid: zxidOf(1), pzxid: 0, ctimeMs: 0, mtimeMs: 1001 },
    ...{ version, cversion: 0, aversion: -1, ephemeralOwner: 0, numChildren: 0 },
    dataLength: Buffer.byteLength(data),
  };
  const request = { op: 'getData', path: '/zookeeper/config', watch: false } as const;
  return script.session(2).connect(1, 2).ask(1, 2, request, { data, stat });
}

test('config node: written by the leader, and read as it was written', () => {
  const text = textAt(zxidOf(1));
  const begin = () => written(new HistoryScript(), 1, text);
  assert.deepEqual([...found(read(begin(), text))], []);
  assert.match(found(read(begin(), 'else')).get('reads at zxid') ?? '', /config/);
  assert.match(found(read(begin(), text, 1)).get('reads at zxid') ?? '', /config/);
});

test('config node: who watches it hears of the txn', () => {
  const watching = () => {
    const request = { op: 'exists', path: '/zookeeper/config', watch: true } as const;
    const stat = {
      ...{ czxid: 0, mzxid: 0, pzxid: 0, ctimeMs: 0, mtimeMs: 0, version: 0, cversion: 0 },
      ...{ aversion: -1, ephemeralOwner: 0, numChildren: 0, dataLength: 0 },
    };
    const script = new HistoryScript().session(1).connect(1, 1).ask(1, 1, request, { stat });
    return written(script, 2, textAt(zxidOf(2)));
  };
  assert.deepEqual([...found(watching().notify(1, 2, 3, '/zookeeper/config'))], []);
  const missed = watching().ask(1, 2, { op: 'exists', path: '/nowhere', watch: false }, {}, -101);
  assert.ok(found(missed).size > 0, 'an event that never came');
});

test('config node: another version than its own, twice in an epoch, nothing new', () => {
  const wrong = (script: HistoryScript) => found(script).get('config node') ?? 'nothing';
  const foreign = written(new HistoryScript(), 1, textAt(zxidOf(9)));
  assert.match(wrong(foreign), /another version than its own/);
  const once = written(new HistoryScript(), 1, textAt(zxidOf(1)));
  assert.match(wrong(written(once, 2, textAt(zxidOf(2), 'server.2=b'))), /again in its epoch/);
  assert.match(wrong(written(new HistoryScript(), 1, '')), /told of already/);
});
