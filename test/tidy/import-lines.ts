import path from 'node:path';
import ts from 'typescript';

/** One module that a file names: by import, export, type import or dynamic import. */
export interface ImportLine {
  readonly line: number;
  /** As written; `undefined` where a dynamic import computes it. */
  readonly specifier: string | undefined;
  readonly dynamic: boolean;
}

export function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
}

export function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** All modules that `source` names. */
export function importLines(source: ts.SourceFile): ImportLine[] {
  const lines: ImportLine[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, dynamic: boolean) => {
    const text =
      specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : undefined;
    lines.push({ line: lineOf(source, node), specifier: text, dynamic });
  };
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, false);
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node, node.moduleSpecifier, false);
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, false);
    }
    if (ts.isCallExpression(node)) {
      const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
      if (isImport || isRequire) add(node, node.arguments[0], true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

/** The project file that a relative specifier in `file` names; `undefined` for a package. */
export function importedFile(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
}
