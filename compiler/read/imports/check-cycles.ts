/**
 * Finds circles of imports that break: a module that uses, while it is loaded, what a module further down has not made yet. A circle
 * whose values are only used inside of functions is fine, and so is one that is entered from the right side.
 */
import { ts } from '../typescript.js';
import { projectPath } from '../project-files.ts';
import type { ReadScope } from '../read-scope.ts';
import { loadedPartsOf } from '../uses/code-units.ts';
import { plainExpression } from '../uses/static-text.ts';
import type { ImportGraph } from './import-graph.ts';
import { forEachPart } from '../walk-syntax.ts';

/** Warns of each use that comes too early when one of the entries is loaded. `entries`: the files of tools. */
export function checkCycles(entries: ReadonlySet<ts.SourceFile>, graph: ImportGraph, scope: ReadScope): void {
  const early = new Map<ts.SourceFile, readonly EarlyUse[]>();
  for (const entry of entries) {
    const order = loadOrder(entry, graph);
    for (const [file, position] of order) {
      if (!early.has(file)) early.set(file, usesWhileLoading(file, scope));
      for (const { node, from } of early.get(file) ?? []) {
        const made = order.get(from);
        if (made !== undefined && made > position) report(node, from);
      }
    }
  }

  function report(node: ts.Identifier, from: ts.SourceFile): void {
    const file = node.getSourceFile();
    const way = graph.wayBetween(from, file) ?? [];
    const circle = [file, ...way].map(({ fileName }) => projectPath(scope.directory, fileName)).join(' → ');
    scope.report(node, {
      code: 'IMPORT_CYCLE',
      severity: 'warning',
      message: `Cannot use "${node.text}" here yet: its module is loaded after this one, in the circle ${circle}`,
      remedy: 'Use it inside of a function, or move it into a module that imports neither',
    });
  }
}

/** The use of another module's value while a module is loaded. */
interface EarlyUse {
  readonly node: ts.Identifier;
  readonly from: ts.SourceFile;
}

/** The files that an entry loads, each with its position: what a file imports comes before it, unless it is under way already. */
function loadOrder(entry: ts.SourceFile, graph: ImportGraph): ReadonlyMap<ts.SourceFile, number> {
  const order = new Map<ts.SourceFile, number>();
  const begun = new Set<ts.SourceFile>();
  const load = (file: ts.SourceFile): void => {
    if (begun.has(file)) return;
    begun.add(file);
    for (const { to, before } of graph.edgesOf(file)) if (before) load(to);
    order.set(file, order.size);
  };
  load(entry);
  return order;
}

function usesWhileLoading(file: ts.SourceFile, { checker, sdk }: ReadScope): readonly EarlyUse[] {
  const uses: EarlyUse[] = [];
  visit(file);
  return uses;

  function visit(node: ts.Node): void {
    if (ts.isClassLike(node)) {
      for (const part of loadedPartsOf(node)) visit(part);
      return;
    }
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || isDecoratorOfSdk(node)) return;
    if (ts.isFunctionLike(node) || (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node))) return;
    if (ts.isCallExpression(node)) {
      const callee = plainExpression(node.expression);
      if (ts.isArrowFunction(callee) || ts.isFunctionExpression(callee)) visit(callee.body);
      // Its options are read and taken away.
      if (sdk.nameOf(node.expression) === 'tool') return node.arguments.slice(1).forEach(visit);
    }
    if (ts.isIdentifier(node)) add(node);
    forEachPart(node, visit);
  }

  function add(node: ts.Identifier): void {
    const symbol = checker.getSymbolAtLocation(node);
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declaration = target?.valueDeclaration;
    const from = declaration?.getSourceFile();
    // Functions are there before anything of their module has run.
    if (declaration === undefined || from === undefined || from === file || !isMadeByLoading(declaration)) return;
    uses.push({ node, from });
  }

  function isDecoratorOfSdk(node: ts.Node): boolean {
    if (!ts.isDecorator(node)) return false;
    const { expression } = node;
    return sdk.nameOf(ts.isCallExpression(expression) ? expression.expression : expression) !== undefined;
  }
}

function isMadeByLoading(declaration: ts.Node): boolean {
  return (
    ts.isVariableDeclaration(declaration) ||
    ts.isClassDeclaration(declaration) ||
    ts.isEnumDeclaration(declaration) ||
    ts.isExportAssignment(declaration)
  );
}
