import path from 'node:path';
import ts from 'typescript';
import { lineOf, parse } from './import-lines.ts';

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 90;
const MAX_TEST_FUNCTION_LINES = 160;

/** Files and functions that are too long to be read at once. */
export function lengthProblems(file: string, text: string): string[] {
  const problems: string[] = [];
  const lines = text.trimEnd().split('\n').length;
  if (lines > MAX_FILE_LINES)
    problems.push(`${file} has ${lines} lines, ${MAX_FILE_LINES} at most`);
  const isTest = file.startsWith('test/');
  const limit = isTest ? MAX_TEST_FUNCTION_LINES : MAX_FUNCTION_LINES;
  const source = parse(file, text);
  const visit = (node: ts.Node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const length = linesOf(source, node) - (isTest ? nestedFunctionLines(source, node.body) : 0);
      if (length > limit) {
        problems.push(
          `${file}:${lineOf(source, node)} a function has ${length} lines, ${limit} at most`,
        );
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}

function linesOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - lineOf(source, node);
}

/** A function around the tests of a suite is as long as the suite: only its own lines count. */
function nestedFunctionLines(source: ts.SourceFile, body: ts.Node): number {
  let lines = 0;
  const visit = (node: ts.Node) => {
    if (ts.isFunctionLike(node)) lines += linesOf(source, node);
    else ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return lines;
}

const ROOT_NAMES =
  /^(README\.md|LICENSE|package(-lock)?\.json|tsconfig\.json|biome\.json|\.[a-z]+)$/;
const SHOUTED = /^[A-Z]+\.md$/;

/** Names that are not lower-case words joined by hyphens. */
export function nameProblems(file: string): string[] {
  return file.split('/').flatMap((part) => {
    if (ROOT_NAMES.test(part)) return [];
    if (file.startsWith('ops/docs/') && SHOUTED.test(part)) return [];
    // systemd's own form for a unit of which there may be several.
    if (/^[a-z-]+@\.service$/.test(part)) return [];
    const stem = path.posix.extname(part) === '.py' ? part.replace(/_/g, '-') : part;
    return /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(stem)
      ? []
      : [`${file}: "${part}" is not a kebab-case name`];
  });
}

// Written in pieces, so that this file does not contain what it looks for.
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`);
const SKIPPED = /\b(test|it|describe|suite)\.(only|skip|todo)\(/;
const MACHINE_PATH = /(?<![\w.:/-])\/(work|root|home|Users|mnt)\/[\w.-]/;
const TEMPORARY_PATH = /['"`]\/tmp\//;
const REGISTRY = new RegExp(
  `(${['registry', 'npmjs'].join('[.]')}|${['registry', 'yarnpkg'].join('[.]')}|artifactory[.]|\\.(internal|corp)[:/])`,
  'i',
);

/** Unfinished work, tests that do not run, and names of the machine it was written on. */
export function wordProblems(file: string, text: string): string[] {
  const rules: [RegExp, string][] = [
    [UNFINISHED, 'leaves work for later'],
    [MACHINE_PATH, 'names a path of one machine'],
    [REGISTRY, 'names a registry or a private host'],
  ];
  if (file.endsWith('.ts')) {
    rules.push([TEMPORARY_PATH, 'names a temporary path: os.tmpdir() knows it']);
    rules.push([SKIPPED, 'runs only some tests']);
  }
  return text
    .split('\n')
    .flatMap((line, index) =>
      rules
        .filter(([pattern]) => pattern.test(line))
        .map(([, what]) => `${file}:${index + 1} ${what}`),
    );
}
