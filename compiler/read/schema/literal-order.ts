/** The order in which an author wrote literals. TypeScript forgets it: a union's members have no order of their own. */
import { ts } from '../typescript.js';
import type { JsonValue } from './json-schema.ts';

/** The values of literals. */
export type Literal = string | number | boolean | null;

/** Sorts literals as a type node, the alias that it names, or the enum that it names, has them; the rest by value. */
export function inAuthoredOrder(
  literals: readonly Literal[],
  node: ts.Node | undefined,
  checker: ts.TypeChecker,
): readonly Literal[] {
  const authored = node === undefined ? [] : authoredLiterals(node, checker, 0);
  const rank = (literal: Literal): number => {
    const index = authored.indexOf(literal);
    return index < 0 ? authored.length : index;
  };
  return literals.toSorted((a, b) => rank(a) - rank(b) || compareLiterals(a, b));
}

/** Aliases are followed this deep. */
const depthMax = 8;

function authoredLiterals(node: ts.Node, checker: ts.TypeChecker, depth: number): readonly JsonValue[] {
  if (depth > depthMax) return [];
  const inner = (child: ts.Node): readonly JsonValue[] => authoredLiterals(child, checker, depth + 1);
  if (ts.isParenthesizedTypeNode(node)) return inner(node.type);
  if (ts.isUnionTypeNode(node)) return node.types.flatMap(inner);
  if (ts.isTypeAliasDeclaration(node)) return inner(node.type);
  if (ts.isEnumDeclaration(node)) return node.members.map((member) => checker.getConstantValue(member) ?? null);
  if (ts.isTypeReferenceNode(node)) {
    const symbol = symbolOfReference(node, checker);
    return symbol?.declarations?.flatMap(inner) ?? [];
  }
  if (ts.isLiteralTypeNode(node)) return literalsOf(checker.getTypeFromTypeNode(node));
  if (ts.isIndexedAccessTypeNode(node)) {
    const object = checker.getTypeFromTypeNode(node.objectType);
    return checker.isTupleType(object) ? checker.getTypeArguments(object as ts.TypeReference).flatMap(literalsOf) : [];
  }
  return [];
}

/** The alias, interface or enum that a type reference names. */
export function symbolOfReference(node: ts.TypeReferenceNode, checker: ts.TypeChecker): ts.Symbol | undefined {
  const symbol = checker.getSymbolAtLocation(node.typeName);
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function literalsOf(type: ts.Type): readonly JsonValue[] {
  const literal = literalOf(type);
  return literal === undefined ? [] : [literal];
}

/** The value of a literal type. */
export function literalOf(type: ts.Type): Literal | undefined {
  if (type.flags & ts.TypeFlags.Null) return null;
  if (type.isStringLiteral() || type.isNumberLiteral()) return type.value;
  if (type.flags & ts.TypeFlags.BooleanLiteral && 'intrinsicName' in type) return type.intrinsicName === 'true';
  return undefined;
}

function compareLiterals(a: Literal, b: Literal): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [`${typeof a}${String(a)}`, `${typeof b}${String(b)}`];
  return left < right ? -1 : Number(left > right);
}
