/** Finds the name behind a handle: what `orders` in `orders.set(…)` was made with. */
import type { UseScope } from '../../check/wanted-tokens.ts';
import { ts } from '../typescript.js';
import type { ReadScope } from '../read-scope.ts';
import { surfaces } from './found-use.ts';
import { initializerOf, plainExpression, textScope } from './static-text.ts';

/** A handle may go through so many constants, fields and functions; a cycle ends here too. */
const depthMax = 8;

/** The scope of the call that made the handle; computed where the source does not lead to one. */
export function handleScope(expression: ts.Expression, scope: ReadScope, depth = 0): UseScope {
  const source = depth > depthMax ? undefined : sourceOf(plainExpression(expression), scope);
  if (source === undefined) return { kind: 'computed' };
  return 'made' in source ? textScope(source.made, scope.checker) : handleScope(source.from, scope, depth + 1);
}

/** What made a handle, or the expression that it comes from. */
type HandleSource = { readonly made: ts.Expression | undefined } | { readonly from: ts.Expression };

function sourceOf(node: ts.Expression, scope: ReadScope): HandleSource | undefined {
  if (ts.isCallExpression(node)) {
    const name = scope.sdk.nameOf(node.expression);
    if (name !== undefined && surfaces.get(name)?.form === 'handle') return { made: node.arguments[0] };
    return from(returnedBy(node, scope.checker));
  }
  if (ts.isIdentifier(node)) return from(initializerOf(node, scope.checker));
  if (ts.isPropertyAccessExpression(node)) return from(valueOfMember(node, scope.checker));
  return undefined;
}

function from(expression: ts.Expression | undefined): HandleSource | undefined {
  return expression && { from: expression };
}

/** The value of a field that nothing else writes, of a member of a constant, or of a getter. */
function valueOfMember(node: ts.PropertyAccessExpression, checker: ts.TypeChecker): ts.Expression | undefined {
  const symbol = checker.getSymbolAtLocation(node);
  const member = symbol && (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const declaration = member?.valueDeclaration;
  if (declaration === undefined) return undefined;
  if (ts.isPropertyAssignment(declaration)) return declaration.initializer;
  if (ts.isPropertyDeclaration(declaration)) {
    const fixed = ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly;
    return fixed || ts.isPrivateIdentifier(declaration.name) ? declaration.initializer : undefined;
  }
  if (ts.isGetAccessor(declaration)) return returnedOf(declaration.body);
  return ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
}

/** The one expression that the called function of the project returns. */
function returnedBy(call: ts.CallExpression, checker: ts.TypeChecker): ts.Expression | undefined {
  const declaration = checker.getResolvedSignature(call)?.declaration;
  if (declaration === undefined || !ts.isFunctionLike(declaration) || !('body' in declaration)) return undefined;
  const { body } = declaration;
  if (body === undefined) return undefined;
  return ts.isBlock(body) ? returnedOf(body) : body;
}

function returnedOf(body: ts.Block | undefined): ts.Expression | undefined {
  const [only, ...more] = body?.statements ?? [];
  return only !== undefined && more.length === 0 && ts.isReturnStatement(only) ? only.expression : undefined;
}
