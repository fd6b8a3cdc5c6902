/** Walks a source file for the decorators and `tool()` constants in it. */
import { ts } from './typescript.js';
import { readAriaOptions, readToolOptions } from './decorator-options.ts';
import {
  type ComponentKind,
  type FoundBundle,
  type FoundComponent,
  type FoundInFile,
  type FoundTool,
  componentKinds,
} from './found-tool.ts';
import type { BlankRange } from './project.ts';
import { projectPath } from './project-files.ts';
import type { ReadScope } from './read-scope.ts';
import { plainName } from './static-value.ts';
import { documentationOf } from './documentation.ts';
import { constantSignature, methodSignature } from './tool-signature.ts';
import { forEachPart } from './walk-syntax.ts';

/** Finds what is of interest in a file. */
export function findInFile(file: ts.SourceFile, scope: ReadScope): FoundInFile {
  const walk = new FileWalk(file, scope);
  walk.visit(file);
  return walk;
}

class FileWalk implements FoundInFile {
  readonly tools: FoundTool[] = [];
  readonly bundles: FoundBundle[] = [];
  readonly components: FoundComponent[] = [];
  readonly blanks: BlankRange[] = [];
  readonly #file: ts.SourceFile;
  readonly #scope: ReadScope;
  readonly #exports = new Map<ts.Node, ts.Symbol>();

  constructor(file: ts.SourceFile, scope: ReadScope) {
    this.#file = file;
    this.#scope = scope;
    const module = scope.checker.getSymbolAtLocation(file);
    for (const symbol of module === undefined ? [] : scope.checker.getExportsOfModule(module)) this.#addExport(symbol);
  }

  visit(node: ts.Node): void {
    if (ts.isDecorator(node)) this.#visitDecorator(node);
    else if (ts.isCallExpression(node)) this.#visitCall(node);
    else if (isAwaitOfModule(node)) this.#reportAwait(node);
    forEachPart(node, (part) => this.visit(part));
  }

  #addExport(symbol: ts.Symbol): void {
    const declaration = target(symbol, this.#scope.checker).valueDeclaration ?? symbol.declarations?.[0];
    if (declaration === undefined) return;
    const before = this.#exports.get(declaration)?.name;
    const own = ownNameOf(declaration);
    if (before === undefined || symbol.name === own || (before !== own && symbol.name < before))
      this.#exports.set(declaration, symbol);
  }

  #visitDecorator(decorator: ts.Decorator): void {
    const { expression } = decorator;
    const call = ts.isCallExpression(expression) ? expression : undefined;
    const name = this.#scope.sdk.nameOf(call?.expression ?? expression);
    const kind = componentKinds.find((known) => known === name);
    if (name !== 'aria' && name !== 'tool' && kind === undefined) return;
    const decorated = decorator.parent;
    this.blanks.push({
      start: decorator.getStart(this.#file),
      end: decorator.getEnd(),
      separates:
        ts.isClassElement(decorated) && ts.canHaveModifiers(decorated) && decorated.modifiers?.[0] === decorator,
    });
    if (kind !== undefined) this.#addComponent(kind, decorator, call);
    else if (name === 'aria') this.#addBundle(decorated, call);
    else if (ts.isMethodDeclaration(decorated) && ts.isClassDeclaration(decorated.parent))
      this.#addMethod(decorated, decorated.parent, call);
    else this.#reportMethod(decorator, `it is no method of a class`, 'Put @tool on a method');
  }

  #addBundle(decorated: ts.Node, call: ts.CallExpression | undefined): void {
    const nameNode = (ts.isClassDeclaration(decorated) ? decorated.name : undefined) ?? call ?? decorated;
    this.bundles.push({
      nameNode,
      documentation: documentationOf(decorated).description,
      read: readAriaOptions(call?.arguments[0], this.#scope),
    });
  }

  #addComponent(kind: ComponentKind, decorator: ts.Decorator, call: ts.CallExpression | undefined): void {
    const declaration = decorator.parent;
    if (!ts.isClassDeclaration(declaration)) {
      this.#scope.report(decorator, {
        code: 'DECORATOR_MISPLACED',
        message: `Cannot use @${kind} here: it describes a class`,
        remedy: `Put @${kind} on a class of its own`,
      });
      return;
    }
    if (call?.arguments[0] !== undefined) this.#scope.judge(call.arguments[0]);
    this.components.push({
      kind,
      declaration,
      nameNode: declaration.name ?? decorator,
      documentation: documentationOf(declaration).description,
      options: call?.arguments[0],
    });
  }

  #addMethod(method: ts.MethodDeclaration, owner: ts.ClassDeclaration, call: ts.CallExpression | undefined): void {
    const name = plainName(method.name);
    const exported = this.#exports.get(owner);
    const unsupported = unsupportedMethod(method);
    if (unsupported !== undefined) return this.#reportMethod(method.name, unsupported.state, unsupported.remedy);
    if (exported === undefined) {
      // Of two classes of one name TypeScript knows the first only, and says so.
      if (!hasModifier(owner, ts.SyntaxKind.ExportKeyword))
        this.#reportUnexported(method.name, 'its class is not exported', 'Write export before the class');
      return;
    }
    if (name === undefined || !this.#checkClass(owner, method, exported)) return;
    this.tools.push({
      origin: this.#origin(method.name, exported.name, name),
      ownName: name,
      nameNode: method.name,
      documentation: documentationOf(method).description,
      read: readToolOptions(call?.arguments[0], this.#scope),
      signature: methodSignature(method, this.#scope),
      body: method,
    });
  }

  #checkClass(owner: ts.ClassDeclaration, method: ts.MethodDeclaration, exported: ts.Symbol): boolean {
    const report = (state: string, remedy: string): false => {
      this.#scope.report(owner.name ?? method.name, {
        code: 'TOOL_CLASS_UNSUPPORTED',
        message: `Cannot construct the class of a tool: ${state}`,
        remedy,
      });
      return false;
    };
    if (hasModifier(owner, ts.SyntaxKind.AbstractKeyword)) return report('it is abstract', 'Remove abstract');
    if (owner.typeParameters !== undefined) {
      this.#scope.report(owner.typeParameters[0] ?? owner, {
        code: 'TOOL_GENERIC',
        message: 'Cannot derive a schema: the class of the tool is generic',
        remedy: 'Name the type',
      });
      return false;
    }
    const type = this.#scope.checker.getTypeOfSymbol(target(exported, this.#scope.checker));
    const made = this.#scope.checker.getSignaturesOfType(type, ts.SignatureKind.Construct);
    const callable = made.every(
      ({ declaration }) => declaration === undefined || declaration.parameters.every(isOptionalParameter),
    );
    return callable || report('its constructor needs arguments', 'Give every parameter of the constructor a default');
  }

  #visitCall(call: ts.CallExpression): void {
    const name = this.#scope.sdk.nameOf(call.expression);
    if (name === 'tool' && !ts.isDecorator(call.parent)) this.#addConstant(call);
  }

  #addConstant(call: ts.CallExpression): void {
    const [options, run] = call.arguments;
    if (options === undefined || run === undefined) {
      this.#scope.report(call, {
        code: 'TOOL_FUNCTION_MISSING',
        message: 'Cannot make a tool: tool() has no function',
        remedy: 'Write tool({ … }, async (input: { … }) => …)',
      });
      return;
    }
    const holder = holderOf(call);
    const exportName = holder && this.#exports.get(holder)?.name;
    if (holder === undefined || exportName === undefined) {
      return this.#reportUnexported(
        call.expression,
        'it is no constant that the module exports',
        'Write export const <name> = tool(…) at the top level of the module',
      );
    }
    this.blanks.push(...blanksOfCall(call, options, run, this.#file));
    const nameNode = ts.isVariableDeclaration(holder) ? holder.name : call.expression;
    this.tools.push({
      origin: this.#origin(nameNode, exportName),
      ownName: ts.isVariableDeclaration(holder) ? ownNameOf(holder) : undefined,
      nameNode,
      documentation: documentationOf(holder).description,
      read: readToolOptions(options, this.#scope),
      signature: constantSignature(run, this.#scope),
      body: call,
    });
  }

  #origin(nameNode: ts.Node, exportName: string, method?: string): FoundTool['origin'] {
    const { line, character } = this.#file.getLineAndCharacterOfPosition(nameNode.getStart(this.#file));
    return {
      file: projectPath(this.#scope.directory, this.#file.fileName),
      exportName,
      ...(method === undefined ? {} : { method }),
      line: line + 1,
      column: character + 1,
    };
  }

  #reportMethod(node: ts.Node, state: string, remedy: string): void {
    this.#scope.report(node, {
      code: 'TOOL_METHOD_UNSUPPORTED',
      message: `Cannot make a tool of this: ${state}`,
      remedy,
    });
  }

  #reportUnexported(node: ts.Node, state: string, remedy: string): void {
    this.#scope.report(node, {
      code: 'TOOL_NOT_EXPORTED',
      message: `Cannot reach the tool: ${state}`,
      remedy,
    });
  }

  #reportAwait(node: ts.Node): void {
    this.#scope.report(node, {
      code: 'TOP_LEVEL_AWAIT',
      message: 'Cannot load the module: it awaits outside of a function',
      remedy: 'Move the await into the tool',
    });
  }
}

function hasModifier({ modifiers }: ts.ClassDeclaration, wanted: ts.SyntaxKind): boolean {
  return modifiers?.some(({ kind }) => kind === wanted) ?? false;
}

/** What an export stands for. */
function target(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function ownNameOf(declaration: ts.Node): string | undefined {
  const name =
    ts.isClassDeclaration(declaration) || ts.isVariableDeclaration(declaration) ? declaration.name : undefined;
  return name && ts.isIdentifier(name) ? name.text : undefined;
}

function isOptionalParameter(parameter: ts.ParameterDeclaration | ts.JSDocParameterTag): boolean {
  return (
    !ts.isParameter(parameter) ||
    parameter.questionToken !== undefined ||
    parameter.initializer !== undefined ||
    parameter.dotDotDotToken !== undefined
  );
}

function unsupportedMethod(
  method: ts.MethodDeclaration,
): { readonly state: string; readonly remedy: string } | undefined {
  const kinds = new Set(method.modifiers?.map(({ kind }) => kind));
  if (ts.isPrivateIdentifier(method.name)) return { state: 'the method is private', remedy: 'Remove the #' };
  if (kinds.has(ts.SyntaxKind.PrivateKeyword)) return { state: 'the method is private', remedy: 'Remove private' };
  if (kinds.has(ts.SyntaxKind.ProtectedKeyword))
    return { state: 'the method is protected', remedy: 'Remove protected' };
  if (kinds.has(ts.SyntaxKind.StaticKeyword)) return { state: 'the method is static', remedy: 'Remove static' };
  if (kinds.has(ts.SyntaxKind.AbstractKeyword))
    return { state: 'the method is abstract', remedy: 'Remove abstract and write its body' };
  if (method.asteriskToken !== undefined)
    return { state: 'the method is a generator', remedy: 'Return the whole value instead' };
  if (plainName(method.name) === undefined)
    return { state: 'the name of the method is computed', remedy: 'Write the name out' };
  return undefined;
}

/** The exported thing that a call makes: the constant that it initialises, or the default export that it is. */
function holderOf(call: ts.CallExpression): ts.VariableDeclaration | ts.ExportAssignment | undefined {
  let node: ts.Node = call;
  while (
    ts.isParenthesizedExpression(node.parent) ||
    ts.isAsExpression(node.parent) ||
    ts.isSatisfiesExpression(node.parent)
  )
    node = node.parent;
  const { parent } = node;
  if (ts.isExportAssignment(parent)) return parent;
  return ts.isVariableDeclaration(parent) && parent.initializer === node && parent.parent.flags & ts.NodeFlags.Const
    ? parent
    : undefined;
}

/**
 * Everything of `tool(options, run)` but `(run)`: a function in parentheses has no effects, so the bundler can drop the other
 * tools of a file, with all that only they import.
 */
function blanksOfCall(
  call: ts.CallExpression,
  options: ts.Expression,
  run: ts.Expression,
  file: ts.SourceFile,
): readonly BlankRange[] {
  const opening = call.arguments.pos - 1;
  return [
    { start: call.expression.getStart(file), end: opening, separates: false },
    { start: options.getFullStart(), end: run.getStart(file), separates: false },
    { start: run.getEnd(), end: call.getEnd() - 1, separates: false },
  ];
}

function isAwaitOfModule(node: ts.Node): boolean {
  const awaits =
    ts.isAwaitExpression(node) ||
    (ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
    (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing);
  if (!awaits) return false;
  // A class has no await of its own: its fields and static blocks are functions to the grammar.
  return ts.findAncestor(node, (outer) => ts.isFunctionLike(outer) || ts.isClassElement(outer)) === undefined;
}
