/** Reads values out of expressions without running them: literals, constants of literals, and spreads of those. */
import { ts } from './typescript.js';

/** A value that the source spells out; `dynamic` where it does not. Each knows the node that spells it. */
export type StaticValue =
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null; readonly node: ts.Node }
  | { readonly kind: 'list'; readonly items: readonly StaticValue[]; readonly node: ts.Node }
  | { readonly kind: 'record'; readonly entries: ReadonlyMap<string, StaticEntry>; readonly node: ts.Node }
  | { readonly kind: 'dynamic'; readonly why: string; readonly node: ts.Node };

/** A property of a record, with the node of its key. */
export interface StaticEntry {
  readonly key: ts.Node;
  readonly value: StaticValue;
}

/** Constants may refer to constants this deep; a cycle ends here too. */
const depthMax = 16;

/** Reads an expression. */
export function readStatic(expression: ts.Expression, checker: ts.TypeChecker, depth = 0): StaticValue {
  const node = unwrap(expression);
  if (ts.isStringLiteralLike(node)) return { kind: 'scalar', value: node.text, node };
  if (ts.isNumericLiteral(node)) return readNumber(node, Number(node.text));
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { kind: 'scalar', value: true, node };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { kind: 'scalar', value: false, node };
  if (node.kind === ts.SyntaxKind.NullKeyword) return { kind: 'scalar', value: null, node };
  if (ts.isPrefixUnaryExpression(node)) return readNegative(node);
  if (ts.isArrayLiteralExpression(node)) return readList(node, checker, depth);
  if (ts.isObjectLiteralExpression(node)) return readRecord(node, checker, depth);
  if (ts.isIdentifier(node)) return readReference(node, checker, depth);
  if (ts.isPropertyAccessExpression(node)) return readProperty(node, checker, depth);
  return { kind: 'dynamic', why: whyDynamic(node), node };
}

/** An expression without what only the type checker sees. */
export function unwrap(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ||
    ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isNonNullExpression(expression)
    ? unwrap(expression.expression)
    : expression;
}

function whyDynamic(node: ts.Expression): string {
  if (ts.isTemplateExpression(node)) return 'it is a template with substitutions';
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return 'it is the result of a call';
  if (ts.isConditionalExpression(node)) return 'it is decided while running';
  return 'it is computed';
}

function readNumber(node: ts.Node, value: number): StaticValue {
  return Number.isFinite(value)
    ? { kind: 'scalar', value, node }
    : { kind: 'dynamic', why: 'it is beyond every number', node };
}

function readNegative(node: ts.PrefixUnaryExpression): StaticValue {
  const { operand, operator } = node;
  if (operator === ts.SyntaxKind.MinusToken && ts.isNumericLiteral(operand)) {
    return readNumber(node, -Number(operand.text));
  }
  return { kind: 'dynamic', why: 'it is computed', node };
}

function readList(node: ts.ArrayLiteralExpression, checker: ts.TypeChecker, depth: number): StaticValue {
  const items = node.elements.flatMap((element): readonly StaticValue[] => {
    if (!ts.isSpreadElement(element)) return [readStatic(element, checker, depth)];
    const spread = readStatic(element.expression, checker, depth);
    if (spread.kind === 'list') return spread.items;
    return [spread.kind === 'dynamic' ? spread : { kind: 'dynamic', why: 'what is spread is no list', node: element }];
  });
  return { kind: 'list', items, node };
}

function readRecord(node: ts.ObjectLiteralExpression, checker: ts.TypeChecker, depth: number): StaticValue {
  const entries = new Map<string, StaticEntry>();
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      const spread = readStatic(property.expression, checker, depth);
      if (spread.kind !== 'record') {
        return spread.kind === 'dynamic'
          ? spread
          : { kind: 'dynamic', why: 'what is spread is no object', node: property };
      }
      for (const [name, entry] of spread.entries) entries.set(name, entry);
      continue;
    }
    const name = property.name && plainName(property.name);
    if (name === undefined) return { kind: 'dynamic', why: 'a key of it is computed', node: property };
    entries.set(name, { key: property.name ?? property, value: readMember(property, checker, depth) });
  }
  return { kind: 'record', entries, node };
}

function readMember(property: ts.ObjectLiteralElementLike, checker: ts.TypeChecker, depth: number): StaticValue {
  if (ts.isPropertyAssignment(property)) return readStatic(property.initializer, checker, depth);
  if (ts.isShorthandPropertyAssignment(property)) {
    return readSymbol(checker.getShorthandAssignmentValueSymbol(property), property.name, checker, depth);
  }
  return { kind: 'dynamic', why: 'it is a function', node: property };
}

/** The name of a property that is written out, not computed. */
export function plainName(name: ts.PropertyName | ts.BindingName): string | undefined {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) return name.text;
  return ts.isComputedPropertyName(name) && ts.isStringLiteralLike(name.expression) ? name.expression.text : undefined;
}

function readReference(node: ts.Identifier, checker: ts.TypeChecker, depth: number): StaticValue {
  return readSymbol(checker.getSymbolAtLocation(node), node, checker, depth);
}

function readSymbol(symbol: ts.Symbol | undefined, node: ts.Node, checker: ts.TypeChecker, depth: number): StaticValue {
  if (depth >= depthMax) return { kind: 'dynamic', why: 'it refers to too many constants in a row', node };
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target?.valueDeclaration;
  if (declaration === undefined) return { kind: 'dynamic', why: 'it does not refer to a constant', node };
  if (ts.isEnumMember(declaration)) {
    const value = checker.getConstantValue(declaration);
    return value === undefined ? { kind: 'dynamic', why: 'it is computed', node } : { kind: 'scalar', value, node };
  }
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) {
    return { kind: 'dynamic', why: 'it does not refer to a constant', node };
  }
  if (!(ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const)) {
    return { kind: 'dynamic', why: 'it refers to a variable that may change', node };
  }
  return readStatic(declaration.initializer, checker, depth + 1);
}

function readProperty(node: ts.PropertyAccessExpression, checker: ts.TypeChecker, depth: number): StaticValue {
  const symbol = checker.getSymbolAtLocation(node);
  if (symbol?.valueDeclaration && ts.isEnumMember(symbol.valueDeclaration))
    return readSymbol(symbol, node, checker, depth);
  if (symbol && symbol.flags & ts.SymbolFlags.BlockScopedVariable) return readSymbol(symbol, node, checker, depth);
  const object = readStatic(node.expression, checker, depth + 1);
  const entry = object.kind === 'record' ? object.entries.get(node.name.text) : undefined;
  return entry?.value ?? { kind: 'dynamic', why: 'it does not refer to a constant', node };
}
