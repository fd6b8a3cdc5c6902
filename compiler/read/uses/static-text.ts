/** Reads the names of resources out of expressions without running them: whole texts, and texts of which only the start is known. */
import type { UseScope } from '../../check/wanted-tokens.ts';
import { ts } from '../typescript.js';
import { plainName, readStatic } from '../static-value.ts';

/** Constants may refer to constants this deep; a cycle ends here too. */
const depthMax = 16;

/** A text as far as the source spells it out. */
interface KnownText {
  readonly text: string;
  /** Whether nothing comes after it. */
  readonly whole: boolean;
}

const computed: UseScope = { kind: 'computed' };

/** The name that an expression spells out. */
export function textScope(expression: ts.Expression | undefined, checker: ts.TypeChecker): UseScope {
  const known = expression && knownText(expression, checker, 0);
  return known?.whole === true ? { kind: 'named', name: known.text } : computed;
}

/** The address that a request goes to: the URL itself, or as much of it as names the host and the port. */
export function addressScope(expression: ts.Expression | undefined, checker: ts.TypeChecker): UseScope {
  const known = expression && knownAddress(expression, checker, 0);
  if (known === undefined) return computed;
  if (known.whole) return { kind: 'named', name: known.text };
  // What follows can still change the host, unless the host has ended.
  const origin = /^https?:\/\/[^/?#\\]+(?=[/?#])/i.exec(known.text)?.[0];
  return origin === undefined ? computed : { kind: 'named', name: origin };
}

/** The model that a request names. */
export function modelScope(request: ts.Expression | undefined, checker: ts.TypeChecker): UseScope {
  const model = request && modelOf(request, checker, 0);
  return model === undefined ? computed : textScope(model, checker);
}

/** The initializer of the constant that an expression refers to. */
export function initializerOf(expression: ts.Expression, checker: ts.TypeChecker): ts.Expression | undefined {
  if (!ts.isIdentifier(expression)) return undefined;
  const symbol = checker.getSymbolAtLocation(expression);
  const declaration =
    symbol && (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol).valueDeclaration;
  return declaration &&
    ts.isVariableDeclaration(declaration) &&
    ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const
    ? declaration.initializer
    : undefined;
}

/** Takes away what only the type checker sees. */
export function plainExpression(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ||
    ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isNonNullExpression(expression)
    ? plainExpression(expression.expression)
    : expression;
}

function knownText(expression: ts.Expression, checker: ts.TypeChecker, depth: number): KnownText | undefined {
  if (depth > depthMax) return undefined;
  const node = plainExpression(expression);
  if (ts.isTemplateExpression(node)) {
    const parts = node.templateSpans.flatMap(({ expression: part, literal }) => [
      knownText(part, checker, depth + 1),
      { text: literal.text, whole: true },
    ]);
    return joined([{ text: node.head.text, whole: true }, ...parts]);
  }
  if (ts.isBinaryExpression(node)) {
    if (node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
    return joined([knownText(node.left, checker, depth + 1), knownText(node.right, checker, depth + 1)]);
  }
  const value = readStatic(node, checker);
  if (value.kind === 'scalar') return { text: String(value.value), whole: true };
  const initializer = initializerOf(node, checker);
  return initializer && knownText(initializer, checker, depth + 1);
}

/** The parts up to the first that is not known. */
function joined(parts: readonly (KnownText | undefined)[]): KnownText | undefined {
  let text = '';
  for (const part of parts) {
    if (part === undefined) return text === '' ? undefined : { text, whole: false };
    text += part.text;
    if (!part.whole) return { text, whole: false };
  }
  return { text, whole: true };
}

/** As a text, or by way of `new URL(…)`, `new Request(…)`, and their properties that are the whole address. */
function knownAddress(expression: ts.Expression, checker: ts.TypeChecker, depth: number): KnownText | undefined {
  if (depth > depthMax) return undefined;
  const node = plainExpression(expression);
  const initializer = initializerOf(node, checker);
  if (initializer !== undefined) return knownAddress(initializer, checker, depth + 1);
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
    const [first, base] = node.arguments ?? [];
    if (first === undefined || !['URL', 'Request'].includes(node.expression.text)) return undefined;
    const address = knownAddress(first, checker, depth + 1);
    if (base === undefined || node.expression.text === 'Request') return address;
    return resolvedAgainst(address, knownAddress(base, checker, depth + 1));
  }
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'href')
    return knownAddress(node.expression, checker, depth + 1);
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.arguments.length === 0) {
    return node.expression.name.text === 'toString'
      ? knownAddress(node.expression.expression, checker, depth + 1)
      : undefined;
  }
  return knownText(node, checker, depth + 1);
}

function resolvedAgainst(address: KnownText | undefined, base: KnownText | undefined): KnownText | undefined {
  if (address === undefined || base === undefined || !base.whole || !URL.canParse(base.text)) return undefined;
  if (address.whole) {
    const url = URL.parse(address.text, base.text);
    return url === null ? undefined : { text: url.href, whole: true };
  }
  // A path that has begun as one stays on the host, unless it turns out to begin with two slashes.
  if (/^\/[^/\\]/.test(address.text)) return { text: new URL(base.text).origin, whole: true };
  return /^https?:\/\//i.test(address.text) ? address : undefined;
}

/** The value of `model`, unless something after it may put another in its place. */
function modelOf(request: ts.Expression, checker: ts.TypeChecker, depth: number): ts.Expression | undefined {
  if (depth > depthMax) return undefined;
  const node = plainExpression(request);
  const initializer = initializerOf(node, checker);
  if (initializer !== undefined) return modelOf(initializer, checker, depth + 1);
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  for (const property of node.properties.toReversed()) {
    if (ts.isSpreadAssignment(property)) return modelOf(property.expression, checker, depth + 1);
    if (property.name === undefined || plainName(property.name) !== 'model') continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (!ts.isShorthandPropertyAssignment(property)) return undefined;
    const declaration = checker.getShorthandAssignmentValueSymbol(property)?.valueDeclaration;
    return declaration && ts.isVariableDeclaration(declaration) ? constantInitializer(declaration) : undefined;
  }
  return undefined;
}

function constantInitializer(declaration: ts.VariableDeclaration): ts.Expression | undefined {
  return ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const ? declaration.initializer : undefined;
}
