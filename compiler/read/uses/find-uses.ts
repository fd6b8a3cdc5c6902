/** Finds what a unit of code uses of the SDK, and which other code it mentions. What is mentioned counts as reached. */
import type { UseScope } from '../../check/wanted-tokens.ts';
import { ts } from '../typescript.js';
import { containerGlobal } from '../container-types.ts';
import { globalsFile, sdkFile } from '../environment.ts';
import { isAmbient, isForeign } from '../foreign-files.ts';
import type { ReadScope } from '../read-scope.ts';
import { plainName } from '../static-value.ts';
import { type CodeUnit, loadedPartsOf, loadedStatementsOf, unitOf } from './code-units.ts';
import { filledBy } from './filled-constants.ts';
import { type FoundUse, type Surface, handles, surfaceGroups, surfaces } from './found-use.ts';
import { addressScope, initializerOf, modelScope, plainExpression, textScope } from './static-text.ts';
import { handleScope } from './trace-handle.ts';
import { forEachPart } from '../walk-syntax.ts';

/** What one unit of code contains. */
export interface UnitContent {
  readonly uses: readonly FoundUse[];
  /** Declarations of the author that it mentions. */
  readonly mentions: ReadonlySet<ts.Node>;
  /** Names of members that it reaches through a type that does not say whose they are. */
  readonly names: ReadonlySet<string>;
  /** Modules that it takes as a whole. */
  readonly modules: ReadonlySet<ts.Symbol>;
  /** Names of globals that only a container has. */
  readonly globals: ReadonlySet<string>;
}

/** What a walk for uses needs beside the program. */
export interface UseSearch {
  readonly scope: ReadScope;
  /** Classes of the author that another one extends: their members may stand for others. */
  readonly extended: ReadonlySet<ts.Node>;
}

/** Reads a unit: for a class what runs when it is declared, for a file what runs when it is loaded, otherwise all of it. */
export function contentOf(unit: CodeUnit, search: UseSearch): UnitContent {
  const walk = new UnitWalk(unit, search);
  if (ts.isSourceFile(unit)) {
    for (const part of loadedStatementsOf(unit)) if (filledBy(part, search.scope) === undefined) walk.visit(part);
  } else if (ts.isClassDeclaration(unit)) for (const part of loadedPartsOf(unit)) walk.visit(part);
  else walk.visit(unit);
  return walk;
}

/** The operation of the SDK that a call starts. */
export function operationOf(call: ts.CallExpression, scope: ReadScope): FoundUse | undefined {
  const use = useOfCall(call, scope);
  if (use !== undefined) return use.form === 'operation' ? use : undefined;
  const callee = plainExpression(call.expression);
  return ts.isPropertyAccessExpression(callee) ? operationOfHandle(callee, scope) : undefined;
}

class UnitWalk implements UnitContent {
  readonly uses: FoundUse[] = [];
  readonly mentions = new Set<ts.Node>();
  readonly names = new Set<string>();
  readonly modules = new Set<ts.Symbol>();
  readonly globals = new Set<string>();
  readonly #unit: CodeUnit;
  readonly #scope: ReadScope;
  readonly #extended: ReadonlySet<ts.Node>;

  constructor(unit: CodeUnit, { scope, extended }: UseSearch) {
    this.#unit = unit;
    this.#scope = scope;
    this.#extended = extended;
  }

  visit(node: ts.Node): void {
    if (isWithoutCode(node)) return;
    if (ts.isDecorator(node)) return this.#visitDecorator(node);
    if (ts.isHeritageClause(node)) return this.#visitHeritage(node);
    if (ts.isCallExpression(node)) return this.#visitCall(node);
    if (ts.isPropertyAccessExpression(node)) return this.#visitProperty(node);
    if (ts.isElementAccessExpression(node)) return this.#visitElement(node);
    if (ts.isIdentifier(node)) return this.#visitIdentifier(node);
    if (ts.isShorthandPropertyAssignment(node)) return this.#visitShorthand(node);
    if (ts.isVariableDeclaration(node) && this.#takesPartsOnly(node)) return this.visit(node.name);
    if (ts.isObjectBindingPattern(node)) this.#visitPattern(node);
    forEachPart(node, (part) => this.visit(part));
  }

  /** The SDK's own decorators are read and taken away. */
  #visitDecorator({ expression }: ts.Decorator): void {
    const callee = ts.isCallExpression(expression) ? expression.expression : expression;
    if (this.#scope.sdk.nameOf(callee) === undefined) this.visit(expression);
  }

  #visitHeritage({ token, types }: ts.HeritageClause): void {
    if (token !== ts.SyntaxKind.ExtendsKeyword) return;
    for (const { expression } of types) this.visit(expression);
  }

  #visitCall(call: ts.CallExpression): void {
    const use = useOfCall(call, this.#scope);
    if (use !== undefined) this.uses.push(use);
    else if (call.expression.kind === ts.SyntaxKind.ImportKeyword) this.#visitImport(call.arguments[0]);
    else this.visit(call.expression);
    const isTool = this.#scope.sdk.nameOf(call.expression) === 'tool';
    for (const argument of isTool ? call.arguments.slice(1) : call.arguments) this.visit(argument);
  }

  #visitImport(specifier: ts.Expression | undefined): void {
    const module = specifier && this.#scope.checker.getSymbolAtLocation(specifier);
    if (module !== undefined) this.#mentionModule(module);
  }

  #visitProperty(node: ts.PropertyAccessExpression): void {
    const operation = operationOfHandle(node, this.#scope);
    if (operation !== undefined) {
      this.uses.push(operation);
      return this.visit(node.expression);
    }
    if (this.#useAsValue(node)) return;
    const member = this.#scope.checker.getSymbolAtLocation(node.name) ?? this.#writtenMember(node);
    if (!this.#isPartOf(node.expression, member)) this.visit(node.expression);
    if (member === undefined) this.names.add(node.name.text);
    else this.#mentionMember(member);
  }

  /** The member that the constant's value spells out, where its type knows no names: `const all: Record<string, Load> = { one }`. */
  #writtenMember({ expression, name }: ts.PropertyAccessExpression): ts.Symbol | undefined {
    const { checker } = this.#scope;
    const initializer = initializerOf(plainExpression(expression), checker);
    const value = initializer && plainExpression(initializer);
    if (value === undefined || !ts.isObjectLiteralExpression(value)) return undefined;
    return checker.getSymbolAtLocation(
      value.properties.find((property) => nameOf(property) === name.text)?.name ?? value,
    );
  }

  /** Whether mentioning a member is enough, since the object around it does nothing by itself. */
  #isPartOf(object: ts.Expression, member: ts.Symbol | undefined): boolean {
    const owner = plainExpression(object);
    const symbol = ts.isIdentifier(owner) ? this.#scope.checker.getSymbolAtLocation(owner) : undefined;
    const target = symbol && this.#target(symbol);
    if (target === undefined || member === undefined) return false;
    if (target.flags & ts.SymbolFlags.Module) return true;
    const unit = member.valueDeclaration && unitOf(member.valueDeclaration);
    const declaration = target.valueDeclaration;
    return (
      unit !== undefined &&
      declaration !== undefined &&
      ts.isObjectLiteralElementLike(unit) &&
      ts.findAncestor(unit, (outer) => outer === declaration) !== undefined
    );
  }

  #visitElement(node: ts.ElementAccessExpression): void {
    const key = node.argumentExpression;
    const member = ts.isStringLiteralLike(key) ? this.#scope.checker.getSymbolAtLocation(key) : undefined;
    if (!this.#isOwnPart(node.expression, member)) {
      this.visit(node.expression);
      this.visit(key);
    }
    if (!ts.isStringLiteralLike(key)) return;
    if (member === undefined) this.names.add(key.text);
    else if (isFetch(member)) this.#addValue('net.fetch', node);
    else this.#mentionMember(member);
  }

  /** Whether a declaration takes nothing of an object but members that it names. */
  #takesPartsOnly({ name, initializer }: ts.VariableDeclaration): boolean {
    if (initializer === undefined || !ts.isObjectBindingPattern(name)) return false;
    const type = this.#scope.checker.getTypeAtLocation(name);
    return name.elements.every(({ dotDotDotToken, name: own, propertyName: key = own }) => {
      const member = ts.isIdentifier(key) ? type.getProperty(key.text) : undefined;
      return dotDotDotToken === undefined && this.#isOwnPart(initializer, member);
    });
  }

  /** The same of what is the author's: of the SDK each name has a meaning of its own. */
  #isOwnPart(object: ts.Expression, member: ts.Symbol | undefined): boolean {
    const { sdk } = this.#scope;
    if (member === undefined || sdk.nameOfSymbol(member) !== undefined) return false;
    return sdk.nameOf(plainExpression(object)) === undefined && this.#isPartOf(object, member);
  }

  #visitIdentifier(node: ts.Identifier): void {
    if (isNameOnly(node) || this.#useAsValue(node)) return;
    const symbol = this.#scope.checker.getSymbolAtLocation(node);
    if (symbol === undefined) return;
    const name = containerGlobal(symbol);
    if (name !== undefined && !isProbe(node)) this.globals.add(name);
    this.#mention(symbol);
  }

  #visitShorthand(node: ts.ShorthandPropertyAssignment): void {
    if (this.#useAsValue(node.name)) return;
    const symbol = this.#scope.checker.getShorthandAssignmentValueSymbol(node);
    if (symbol === undefined) return;
    const name = this.#scope.sdk.nameOfSymbol(symbol);
    if (name === undefined || !this.#addValue(name, node.name)) this.#mention(symbol);
  }

  #visitPattern(pattern: ts.ObjectBindingPattern): void {
    const type = this.#scope.checker.getTypeAtLocation(pattern);
    for (const { name, propertyName } of pattern.elements) {
      const key = propertyName ?? name;
      const member = ts.isIdentifier(key) ? type.getProperty(key.text) : undefined;
      if (member !== undefined && isFetch(member)) this.#addValue('net.fetch', key);
      else if (member !== undefined) this.#mentionMember(member);
      else if (ts.isIdentifier(key)) this.names.add(key.text);
    }
  }

  /** A surface that is not called but handed around. */
  #useAsValue(node: ts.Expression): boolean {
    const name = this.#scope.sdk.nameOf(node);
    if (name !== undefined && this.#addValue(name, node)) return true;
    if (!isGlobalFetch(node, this.#scope)) return false;
    return this.#addValue('net.fetch', node);
  }

  #addValue(surface: string, node: ts.Node): boolean {
    const kind = surfaces.get(surface)?.kind ?? surfaceGroups.get(surface);
    if (kind === undefined) return false;
    this.uses.push({ kind, surface, form: 'value', scope: { kind: 'none' }, modes: [], node });
    return true;
  }

  #mentionMember(symbol: ts.Symbol): void {
    for (const declaration of symbol.declarations ?? []) {
      const isSignature = ts.isMethodSignature(declaration) || ts.isPropertySignature(declaration);
      const isOfExtended = this.#extended.has(declaration.parent);
      const isOfEngine = isEngine(declaration);
      if ((isSignature && !isOfEngine) || isOfExtended) this.names.add(symbol.name);
    }
    this.#mention(symbol);
  }

  #mention(symbol: ts.Symbol): void {
    const target = this.#target(symbol);
    if (target.flags & ts.SymbolFlags.ValueModule) return this.#mentionModule(target);
    for (const declaration of target.declarations ?? []) {
      if (isForeign(declaration, this.#scope.directory) || this.#isInside(declaration)) continue;
      this.mentions.add(declaration);
    }
  }

  #mentionModule(module: ts.Symbol): void {
    if (!module.declarations?.some((declaration) => declaration.getSourceFile().fileName === sdkFile)) {
      this.modules.add(module);
      return;
    }
    const [node = this.#unit] = module.declarations;
    for (const surface of surfaces.keys()) this.#addValue(surface, node);
  }

  #target(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#scope.checker.getAliasedSymbol(symbol) : symbol;
  }

  #isInside(declaration: ts.Node): boolean {
    return (
      declaration !== this.#unit &&
      !ts.isSourceFile(this.#unit) &&
      !ts.isClassDeclaration(this.#unit) &&
      declaration.pos >= this.#unit.pos &&
      declaration.end <= this.#unit.end &&
      declaration.getSourceFile() === this.#unit.getSourceFile()
    );
  }
}

/** What a call uses by the SDK's own function or by the global `fetch`. */
function useOfCall(call: ts.CallExpression, scope: ReadScope): FoundUse | undefined {
  const callee = plainExpression(call.expression);
  const name = scope.sdk.nameOf(callee) ?? (isGlobalFetch(callee, scope) ? 'net.fetch' : undefined);
  const surface = name === undefined ? undefined : surfaces.get(name);
  if (name === undefined || surface === undefined) return undefined;
  const { kind, form, modes } = surface;
  const node = namingPart(surface, call) ?? callee;
  return { kind, surface: name, form, scope: scopeOf(surface, call.arguments[0], scope), modes, node };
}

/** The part of a call that names the resource. */
function namingPart({ names }: Surface, { arguments: [argument] }: ts.CallExpression): ts.Node | undefined {
  if (names === 'nothing' || argument === undefined) return undefined;
  if (names !== 'model' || !ts.isObjectLiteralExpression(argument)) return argument;
  const model = argument.properties.findLast(({ name }) => name !== undefined && plainName(name) === 'model');
  return model && ts.isPropertyAssignment(model) ? model.initializer : (model ?? argument);
}

function scopeOf({ names }: Surface, argument: ts.Expression | undefined, { checker }: ReadScope): UseScope {
  switch (names) {
    case 'text':
      return textScope(argument, checker);
    case 'address':
      return addressScope(argument, checker);
    case 'model':
      return modelScope(argument, checker);
    case 'nothing':
      return { kind: 'none' };
  }
}

function operationOfHandle(node: ts.PropertyAccessExpression, scope: ReadScope): FoundUse | undefined {
  const declaration = scope.checker.getSymbolAtLocation(node.name)?.valueDeclaration;
  if (declaration === undefined || declaration.getSourceFile().fileName !== sdkFile) return undefined;
  if (!ts.isInterfaceDeclaration(declaration.parent)) return undefined;
  const handle = handles.get(declaration.parent.name.text);
  const modes = handle?.methods.get(node.name.text);
  if (handle === undefined || modes === undefined) return undefined;
  const surface = `${handle.surface}.${node.name.text}`;
  const named = handleScope(node.expression, scope);
  return { kind: handle.kind, surface, form: 'operation', scope: named, modes, node: node.name };
}

function isGlobalFetch(node: ts.Expression, { checker }: ReadScope): boolean {
  const name = ts.isPropertyAccessExpression(node) ? node.name : node;
  if (!ts.isIdentifier(name) || name.text !== 'fetch') return false;
  const symbol = checker.getSymbolAtLocation(name);
  return symbol !== undefined && isFetch(symbol);
}

function isFetch({ name, declarations }: ts.Symbol): boolean {
  return (
    name === 'fetch' && (declarations?.some(({ parent }) => parent.getSourceFile().fileName === globalsFile) ?? false)
  );
}

function nameOf({ name }: ts.ObjectLiteralElementLike): string | undefined {
  return name && plainName(name);
}

/** Types, and what only declares or imports. */
function isWithoutCode(node: ts.Node): boolean {
  return (
    (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node)
  );
}

/** Whether a global is only looked for, or is what the bundler fills in: `typeof process`, `process.env.NODE_ENV`. */
function isProbe({ parent, text }: ts.Identifier): boolean {
  if (ts.isTypeOfExpression(parent)) return true;
  if (text !== 'process' || !ts.isPropertyAccessExpression(parent) || parent.name.text !== 'env') return false;
  return ts.isPropertyAccessExpression(parent.parent) && parent.parent.name.text === 'NODE_ENV';
}

/** Whether an identifier only names what is declared or which member is meant. */
function isNameOnly(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isBindingElement(parent)) return parent.initializer !== node;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isVariableDeclaration(parent)) &&
    parent.name === node
  );
}

/** Whether a declaration is the language's, the Web's or the SDK's, none of which the author's classes stand for. */
function isEngine(declaration: ts.Node): boolean {
  return isAmbient(declaration) || declaration.getSourceFile().fileName === sdkFile;
}
