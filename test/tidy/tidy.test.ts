import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importCycles, importGraph, importProblems } from './import-rule.ts';
import { projectFiles, sourceFiles, textOf } from './project-files.ts';
import { purityProblems } from './purity.ts';
import { lengthProblems, nameProblems, wordProblems } from './shape.ts';

const sources = new Map(sourceFiles().map((file) => [file, textOf(file)]));

function expectNone(problems: readonly string[]): void {
  assert.equal(problems.length, 0, `\n${problems.join('\n')}`);
}

function problemsOf(check: (file: string, text: string) => string[]): string[] {
  return [...sources].flatMap(([file, text]) => check(file, text));
}

test('there are files to look at', () => {
  assert.ok(sources.size > 50, `only ${sources.size} source files were found`);
});

test('every file imports only what its folder may', () => expectNone(problemsOf(importProblems)));

test('no files import each other in a circle', () => {
  expectNone(importCycles(importGraph(sources)).map((cycle) => cycle.join(' -> ')));
});

test('machines are pure', () => {
  expectNone(
    problemsOf((file, text) => (file.startsWith('machines/') ? purityProblems(file, text) : [])),
  );
});

test('files and functions are short', () => expectNone(problemsOf(lengthProblems)));

test('names are kebab-case', () => expectNone(projectFiles().flatMap(nameProblems)));

test('nothing is left for later, and nothing names one machine', () => {
  expectNone(projectFiles().flatMap((file) => wordProblems(file, textOf(file))));
});
