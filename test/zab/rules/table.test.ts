import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';
import { parse } from '../../tidy/import-lines.ts';

const FOLDER = new URL('./', import.meta.url);
const TABLE = new URL('../../../ops/docs/zab-rules.md', import.meta.url);

interface Row {
  readonly rule: string;
  readonly here: string;
  readonly why: string;
}

const rows: Row[] = readFileSync(TABLE, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| §'))
  .map((line) => {
    const [, rule = '', here = '', why = ''] = line.split('|').map((cell) => cell.trim());
    return { rule, here, why };
  });

/** Title of the test that holds a rule; nothing holds one that is not applicable. */
function titleOf({ rule, here }: Row): string | undefined {
  if (here.startsWith('not applicable')) return undefined;
  return here === 'kept' ? rule : `${rule} ${here}`;
}

/** Titles of the tests in this folder that quote a rule. */
function quotingTitles(): string[] {
  const titles: string[] = [];
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.test.ts'))) {
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.expression.getText() === 'test') {
        const [title] = node.arguments;
        if (title !== undefined && ts.isStringLiteralLike(title) && title.text.startsWith('§')) {
          titles.push(title.text);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(parse(file, readFileSync(new URL(file, FOLDER), 'utf8')));
  }
  return titles;
}

test('every rule in the table has the test that it names, and every test that quotes a rule is in the table', () => {
  const named = rows.flatMap((row) => titleOf(row) ?? []);
  assert.ok(named.length > 40);
  assert.deepEqual([...named].sort(), quotingTitles().sort());
});

test('a rule is kept, or the table says what is done instead and why', () => {
  for (const { rule, here, why } of rows) {
    assert.match(rule, /^§11\.[345] “.+”$/);
    assert.match(here, /^(kept|differs: .+|not applicable: .+)$/, rule);
    assert.equal(why !== '', here.startsWith('differs'), rule);
  }
});

test('the table has each rule once, in the order of the sections', () => {
  const rules = rows.map(({ rule }) => rule);
  assert.equal(new Set(rules).size, rules.length);
  const sections = rules.map((rule) => rule.split(' ')[0] ?? '');
  assert.deepEqual(sections, [...sections].sort());
});
