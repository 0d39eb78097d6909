import ts from 'typescript';
import { lineOf, parse } from './import-lines.ts';

/** Names through which a pure step would reach a clock, chance, the process or a later turn. */
const FORBIDDEN = new Set([
  'Atomics',
  'Date',
  'Promise',
  'WebSocket',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'eval',
  'fetch',
  'global',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
]);

/** Whether an identifier stands for a thing of its own: not a property's name, nor a declared member's. */
function isReference(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  if (ts.isQualifiedName(parent)) return parent.right !== node;
  const isMemberName =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isEnumMember(parent);
  return !(isMemberName && parent.name === node);
}

/** What makes a file of machines/ impure, a sentence each. */
export function purityProblems(file: string, text: string): string[] {
  const source = parse(file, text);
  const problems: string[] = [];
  const note = (node: ts.Node, what: string) =>
    problems.push(`${file}:${lineOf(source, node)} ${what}`);
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node) && FORBIDDEN.has(node.text) && isReference(node)) {
      note(node, `uses ${node.text}`);
    }
    if (
      ts.isPropertyAccessExpression(node) &&
      node.name.text === 'random' &&
      node.expression.getText(source) === 'Math'
    ) {
      note(node, 'uses Math.random');
    }
    if (node.kind === ts.SyntaxKind.AsyncKeyword) note(node, 'is async');
    if (ts.isAwaitExpression(node)) note(node, 'awaits');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}
