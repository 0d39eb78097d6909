import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importCycles, importGraph, importProblems } from './import-rule.ts';
import { purityProblems } from './purity.ts';
import { lengthProblems, nameProblems, wordProblems } from './shape.ts';

/** A rule that accepts everything would pass for a clean project: each one must reject what it is for. */

const rejectedImports: [file: string, text: string][] = [
  ['machines/zab/leader.ts', "import fs from 'node:fs';"],
  ['machines/zab/leader.ts', "import type { LogPort } from '../../runtime/ports.ts';"],
  ['machines/zab/leader.ts', "let port: import('../../runtime/ports.ts').LogPort;"],
  ['machines/zab/leader.ts', "const later = () => import('pino');"],
  ['machines/zab/leader.ts', "export { open } from 'lmdb';"],
  ['machines/zab/leader.ts', "const fs = require('node:fs');"],
  ['machines/zab/leader.ts', "import { hex } from './zxid';"],
  ['actors/leader.ts', "import { connect } from 'nats';"],
  ['actors/leader.ts', "import { Host } from '../runtime/host.ts';"],
  ['storage/lmdb/log.ts', "import { connect } from 'nats';"],
  ['storage/lmdb/log.ts', "import net from 'node:net';"],
  ['storage/lmdb/log.ts', "import { createActor } from 'xstate';"],
  ['runtime/host.ts', "import { openLmdbStore } from '../storage/lmdb/store.ts';"],
  ['runtime/host.ts', "import { leader } from '../actors/leader.ts';"],
  ['runtime/host.ts', "import { connect } from 'nats';"],
  ['runtime/host.ts', "import { open } from 'lmdb';"],
  ['runtime/host.ts', "import { free } from '../test/ensemble.ts';"],
  ['runtime/host.ts', 'const later = (name: string) => import(name);'],
  ['runtime/roster.ts', "import { leader } from '../actors/leader.ts';"],
  ['elsewhere/file.ts', "import fs from 'node:fs';"],
];

const acceptedImports: [file: string, text: string][] = [
  ['machines/zab/leader.ts', "import { setup } from 'xstate'; import { hex } from './zxid.ts';"],
  ['storage/lmdb/log.ts', "import type { LogPort } from '../../runtime/ports.ts';"],
  ['runtime/bus/nats-bus.ts', "import { connect } from 'nats'; import net from 'node:net';"],
  ['runtime/main.ts', "import { openLmdbStore } from '../storage/lmdb/store.ts';"],
  ['runtime/roster.ts', "const later = () => import('../actors/leader.ts');"],
  ['test/sim/sim.ts', "import { leader } from '../../actors/leader.ts'; import 'fast-check';"],
];

test('the import rule rejects every forbidden kind of import', () => {
  for (const [file, text] of rejectedImports) {
    assert.equal(importProblems(file, text).length, 1, `${file}: ${text}`);
  }
});

test('the import rule accepts what each folder needs', () => {
  for (const [file, text] of acceptedImports) assert.deepEqual(importProblems(file, text), []);
});

test('a circle of imports is found, type imports included', () => {
  const files = new Map([
    ['machines/a.ts', "import { b } from './b.ts';"],
    ['machines/b.ts', "import type { C } from './c.ts';"],
    ['machines/c.ts', "export { a } from './a.ts';"],
    ['machines/d.ts', "import './a.ts';"],
  ]);
  assert.deepEqual(importCycles(importGraph(files)), [
    ['machines/a.ts', 'machines/b.ts', 'machines/c.ts', 'machines/a.ts'],
  ]);
});

test('impure machines are found', () => {
  const impure = [
    'const now = Date.now();',
    'const now = new Date();',
    'const chance = Math.random();',
    'setTimeout(() => {}, 1);',
    'queueMicrotask(step);',
    'async function step() {}',
    'const step = async () => 1;',
    'function step(): Promise<void> {}',
    'console.log(1);',
    'const environment = process.env;',
    'const clock = globalThis;',
  ];
  for (const text of impure) assert.notDeepEqual(purityProblems('machines/x.ts', text), [], text);
  const pure = 'interface Txn { Date: number }\nconst text = txn.Date + Math.max(1, 2); // Promise';
  assert.deepEqual(purityProblems('machines/x.ts', pure), []);
});

test('long files and functions are found', () => {
  const lines = (count: number) => 'let a = 1;\n'.repeat(count);
  assert.deepEqual(lengthProblems('runtime/x.ts', lines(400)), []);
  assert.equal(lengthProblems('runtime/x.ts', lines(401)).length, 1);
  const longFunction = `function long() {\n${lines(120)}}\n`;
  assert.equal(lengthProblems('runtime/x.ts', longFunction).length, 1);
  assert.deepEqual(lengthProblems('test/x.ts', longFunction), []);
});

test('names that are not kebab-case are found', () => {
  for (const name of ['runtime/nodeHost.ts', 'runtime/Node.ts', 'test/a_b.ts', 'README2.md']) {
    assert.equal(nameProblems(name).length, 1, name);
  }
  for (const name of ['README.md', '.ci/run', 'test/a-b.test.ts', 'ops/docs/HACKING.md']) {
    assert.deepEqual(nameProblems(name), [], name);
  }
});

test('unfinished work, skipped tests and names of one machine are found', () => {
  const rejected = [
    `// ${'TO'}${'DO'}: later`,
    `/* ${'FIX'}${'ME'} */`,
    `const directory = '/${'root'}/data';`,
    `const directory = '/${'tmp'}/data';`,
    `// see https://${'registry'}.${'npmjs'}.org/x`,
    `test.${'skip'}('x', () => {});`,
  ];
  for (const text of rejected) assert.equal(wordProblems('test/x.ts', text).length, 1, text);
  assert.deepEqual(wordProblems('test/x.ts', "const at = '/work-queue/item'; // /rooted"), []);
});
