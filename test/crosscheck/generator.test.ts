import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Generator } from './generator.ts';
import { OPERATION_NAMES } from './operation.ts';
import { isTtlWithout, partsOf, type Request } from './request.ts';
import { bodyOf, opcodeOf } from './request-body.ts';
import { readScript, scriptText } from './script.ts';
import type { Step } from './step.ts';

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);
const scripts = SEEDS.map((seed) => Generator.steps(seed, 300));

function requestsOf(steps: readonly Step[]): readonly Request[] {
  return steps.flatMap((step) => (step.do === 'send' ? step.requests : []));
}

describe('the scripts of seeds', () => {
  test('one seed is one script, another seed is another', () => {
    assert.deepEqual(Generator.steps(7, 200), Generator.steps(7, 200));
    assert.notDeepEqual(Generator.steps(7, 200), Generator.steps(8, 200));
    assert.ok(requestsOf(Generator.steps(7, 200)).length >= 200);
  });

  test('ask for every operation, and for some that there are not', () => {
    const asked = new Set(scripts.flatMap((steps) => requestsOf(steps).map(({ op }) => op)));
    const missed = OPERATION_NAMES.filter((name) => !asked.has(name));
    assert.deepEqual(missed, []);
    assert.ok([...asked].some((op) => op.startsWith('opcode')));
  });

  test('have everything in them that can go wrong', () => {
    const requests = scripts.flatMap(requestsOf);
    const steps = scripts.flat();
    const has = (what: string, found: boolean) => assert.ok(found, what);
    has(
      'a body cut off',
      requests.some(({ cut }) => cut !== undefined),
    );
    has(
      'stray bytes',
      requests.some(({ tail }) => tail !== undefined),
    );
    has(
      'a body of nothing',
      requests.some(({ body }) => body === ''),
    );
    has(
      'a strange xid',
      requests.some(({ xid }) => xid === 0),
    );
    has(
      'null data',
      requests.some(({ fields }) => fields.data === null),
    );
    has(
      'a null path',
      requests.some(({ fields }) => fields.path === null),
    );
    has(
      'a null ACL',
      requests.some(({ fields }) => fields.acl === null),
    );
    has(
      'an empty multi',
      requests.some(({ op, fields }) => op === 'multi' && String(fields.parts) === ''),
    );
    has(
      'a type that no multi may have',
      requests.some((one) => partsOf(one).some(({ op }) => op === 'setAcl')),
    );
    has(
      'a burst',
      steps.some((step) => step.do === 'send' && step.requests.length > 4),
    );
    has(
      'a dropped socket',
      steps.some((step) => step.do === 'drop'),
    );
    has(
      'no frame',
      steps.some((step) => step.do === 'bytes'),
    );
    has(
      'a wrong password',
      steps.some((step) => step.do === 'connect' && step.password === 'wrong'),
    );
    has(
      'a future zxid',
      steps.some((step) => step.do === 'connect' && step.seen === 'ahead'),
    );
  });

  test('never watch no path: ZooKeeper 3.8 falls over it later', () => {
    const watches = scripts.flatMap(requestsOf).filter(({ op }) => op === 'addWatch');
    assert.ok(watches.length > 100);
    assert.ok(watches.every(({ fields }) => fields.path !== null));
  });

  test('send nothing behind what ZooKeeper 3.8 fails at halfway', () => {
    const bursts = scripts.flat().flatMap((step) => (step.do === 'send' ? [step.requests] : []));
    const fails = (one: Request) => partsOf(one).some(isTtlWithout);
    assert.ok(bursts.some((requests) => requests.some(fails)));
    assert.ok(bursts.every((requests) => !requests.slice(0, -1).some(fails)));
  });

  test('send what counts for a quota alone: it is held against what is applied', () => {
    const paths = (one: Request) => [one, ...partsOf(one)].map(({ fields }) => String(fields.path));
    const counts = (one: Request) => paths(one).some((path) => /\/limited(\/|$)/.test(path));
    const steps = scripts.flat().flatMap((step) => (step.do === 'send' ? [step.requests] : []));
    const counting = steps.filter((requests) => requests.some(counts));
    assert.ok(counting.length > 500);
    assert.ok(counting.every((requests) => requests.length === 1));
  });

  test('survive being written down and read again', () => {
    for (const steps of scripts) assert.deepEqual(readScript(scriptText(steps)), steps);
  });

  test('can be encoded', () => {
    for (const request of scripts.flatMap(requestsOf)) {
      assert.ok(Buffer.isBuffer(bodyOf(request, () => 5n)));
      assert.ok(Number.isInteger(opcodeOf(request.op)));
    }
  });
});

describe('a script that a person has written', () => {
  test('is read, with what a line leaves out', () => {
    const [connect, burst] = readScript(
      '# a comment\na connect\n\na getData {"path":"/r","watch":false}\na + opcode:99\n',
    );
    assert.ok(connect?.do === 'connect' && connect.timeoutMs === 60_000 && !connect.resume);
    assert.ok(burst?.do === 'send');
    assert.deepEqual(
      burst.requests.map(({ op }) => op),
      ['getData', 'opcode 99'],
    );
  });

  test('is refused with the line that is wrong', () => {
    for (const [text, why] of [
      ['a nothing {}', /line 1: no operation "nothing"/],
      ['a connect\n+', /line 2/],
      ['a connect\na getData {path}', /line 2/],
      ['a + ping', /line 1: \+ goes behind/],
      ['a connect {"seen":"never"}', /line 1: one of zero, last, ahead/],
    ] as const) {
      assert.throws(() => readScript(text), why);
    }
  });
});
