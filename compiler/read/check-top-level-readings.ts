/**
 * Reports where a module reads clock or randomness while it is loaded: the value would be one and the same in every call. Only what
 * runs for certain is reported here, also in functions and classes of the author that a top level calls; what runs by a condition, or is
 * called by something else, is seen when the tool is built.
 */
import { ts } from './typescript.js';
import { type Varying, topLevelReading } from '../check/top-level-reading.ts';
import { isAmbient, isForeign } from './foreign-files.ts';
import type { ImportGraph } from './imports/import-graph.ts';
import type { ReadScope } from './read-scope.ts';
import { isStaticMember, loadedPartsOf } from './uses/code-units.ts';
import { plainExpression } from './uses/static-text.ts';
import { forEachPart } from './walk-syntax.ts';

/** Members of the language's and the Web's own objects, by name: no others among them are called like that. */
const varyingMembers: ReadonlyMap<string, Varying> = new Map([
  ['now', 'clock'],
  ['timeOrigin', 'clock'],
  ['random', 'randomness'],
  ['randomUUID', 'randomness'],
  ['getRandomValues', 'randomness'],
]);

/** Walks what runs when the files of tools are loaded, and those that they load; what `import()` names is loaded in calls. */
export function checkTopLevelReadings(entries: ReadonlySet<ts.SourceFile>, graph: ImportGraph, scope: ReadScope): void {
  const loaded = new Set(entries);
  for (const file of loaded) {
    for (const { to, before } of graph.edgesOf(file)) if (before) loaded.add(to);
    new ReadingWalk(scope).visit(file);
  }
}

class ReadingWalk {
  readonly #scope: ReadScope;
  /** Functions and classes that have been followed: once is enough, and they may call each other in a circle. */
  readonly #followed = new Set<ts.Node>();
  /** The call at the top level by way of which the walk has come to a function. */
  #caller: ts.Node | undefined;

  constructor(scope: ReadScope) {
    this.#scope = scope;
  }

  visit(node: ts.Node): void {
    if (ts.isClassLike(node)) {
      for (const part of loadedPartsOf(node)) this.visit(part);
      return;
    }
    if (ts.isFunctionLike(node) || ts.isTypeNode(node) || this.#isOfSdk(node)) return;
    const certain = certainParts(node);
    if (certain !== undefined) {
      for (const part of certain) this.visit(part);
      return;
    }
    const varying = this.#varyingOf(node);
    if (varying !== undefined) this.#report(varying, node);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) this.#follow(node);
    // The options of `tool` are read, and not run.
    const options =
      ts.isCallExpression(node) && this.#scope.sdk.nameOf(node.expression) === 'tool' && node.arguments[0];
    forEachPart(node, (part) => (part === options ? undefined : this.visit(part)));
  }

  #report(varying: Varying, node: ts.Node): void {
    const place = this.#scope.place(node);
    const caller = this.#caller && this.#scope.place(this.#caller);
    const isDirect = caller?.file === place.file && caller.line === place.line;
    this.#scope.report(node, topLevelReading(varying, isDirect ? undefined : caller));
  }

  /** The SDK's own decorators are read and taken away. */
  #isOfSdk(node: ts.Node): boolean {
    if (!ts.isDecorator(node)) return false;
    const { expression } = node;
    return this.#scope.sdk.nameOf(ts.isCallExpression(expression) ? expression.expression : expression) !== undefined;
  }

  #varyingOf(node: ts.Node): Varying | undefined {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const { expression } = node;
      const isPlainDate = ts.isIdentifier(expression) && expression.text === 'Date' && this.#isAmbient(expression);
      // `Date(…)` without `new` takes no notice of what it is given.
      if (isPlainDate && (ts.isCallExpression(node) || (node.arguments ?? []).length === 0)) return 'clock';
      if (ts.isNewExpression(node) || !ts.isPropertyAccessExpression(expression)) return undefined;
      return this.#varyingMember(expression);
    }
    return ts.isPropertyAccessExpression(node) && node.name.text === 'timeOrigin'
      ? this.#varyingMember(node)
      : undefined;
  }

  #varyingMember({ name }: ts.PropertyAccessExpression): Varying | undefined {
    const varying = varyingMembers.get(name.text);
    return varying !== undefined && this.#isAmbient(name) ? varying : undefined;
  }

  #isAmbient(name: ts.Node): boolean {
    const declaration = this.#scope.checker.getSymbolAtLocation(name)?.declarations?.[0];
    return declaration !== undefined && isAmbient(declaration);
  }

  /** Goes on in the author's function or class that is called. */
  #follow(call: ts.CallExpression | ts.NewExpression): void {
    const called = this.#calledBy(call);
    if (called === undefined || this.#followed.has(called)) return;
    this.#followed.add(called);
    const caller = this.#caller;
    this.#caller ??= called.pos <= call.pos && call.end <= called.end ? undefined : call;
    if (ts.isClassLike(called)) this.#visitConstruction(called);
    else if (!isLater(called) && called.body !== undefined) this.visit(called.body);
    this.#caller = caller;
  }

  #calledBy(call: ts.CallExpression | ts.NewExpression): CalledCode | undefined {
    const callee = plainExpression(call.expression);
    if (isCalledCode(callee)) return callee;
    if (!ts.isIdentifier(callee) && !ts.isPropertyAccessExpression(callee)) return undefined;
    const symbol = this.#scope.checker.getSymbolAtLocation(callee);
    const target =
      symbol && (symbol.flags & ts.SymbolFlags.Alias ? this.#scope.checker.getAliasedSymbol(symbol) : symbol);
    const declaration = target?.valueDeclaration;
    if (declaration === undefined || isForeign(declaration, this.#scope.directory)) return undefined;
    const code =
      ts.isVariableDeclaration(declaration) && ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const
        ? declaration.initializer && plainExpression(declaration.initializer)
        : declaration;
    // A method may be another one's in a class that extends this one.
    const isStatic = code !== undefined && ts.isMethodDeclaration(code) && isStaticMember(code);
    return code !== undefined && (isCalledCode(code) || isStatic) ? code : undefined;
  }

  #visitConstruction(owner: ts.ClassLikeDeclaration): void {
    for (const member of owner.members) {
      if (ts.isPropertyDeclaration(member) && !isStaticMember(member) && member.initializer !== undefined)
        this.visit(member.initializer);
      if (ts.isConstructorDeclaration(member) && member.body !== undefined) this.visit(member.body);
    }
  }
}

type CalledCode =
  | ts.ArrowFunction
  | ts.FunctionExpression
  | ts.FunctionDeclaration
  | ts.MethodDeclaration
  | ts.ClassLikeDeclaration;

function isCalledCode(node: ts.Node): node is CalledCode {
  return (
    ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node) || ts.isClassLike(node)
  );
}

/** Generators run when they are asked for values. */
function isLater(code: Exclude<CalledCode, ts.ClassLikeDeclaration>): boolean {
  return code.asteriskToken !== undefined;
}

/** Of what runs in part by a condition, the parts that run in any case; `undefined` where there is no condition. */
function certainParts(node: ts.Node): readonly ts.Node[] | undefined {
  if (ts.isIfStatement(node) || ts.isSwitchStatement(node) || ts.isWhileStatement(node)) return [node.expression];
  if (ts.isConditionalExpression(node)) return [node.condition];
  if (ts.isForStatement(node)) return node.initializer === undefined ? [] : [node.initializer];
  if (ts.isForOfStatement(node) || ts.isForInStatement(node)) return [node.expression];
  if (ts.isTryStatement(node)) return [node.tryBlock, ...(node.finallyBlock === undefined ? [] : [node.finallyBlock])];
  if (ts.isBindingElement(node)) return [];
  if (ts.isOptionalChain(node)) return [node.expression];
  if (!ts.isBinaryExpression(node)) return undefined;
  return conditionalOperators.has(node.operatorToken.kind) ? [node.left] : undefined;
}

const conditionalOperators: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
]);
