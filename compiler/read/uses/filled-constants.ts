/**
 * Statements that put something into a constant while a module is loaded: `routes.set('a', load)`, `app.get('/a', load)`. What they
 * put there runs by way of the constant only, since nothing of a host is there before a call; so they belong to who mentions it.
 */
import { ts } from '../typescript.js';
import { isForeign } from '../foreign-files.ts';
import type { ReadScope } from '../read-scope.ts';
import { type CodeUnit, unitOf } from './code-units.ts';
import { plainExpression } from './static-text.ts';

/** The constant of the author that a statement fills by a method of the language's or of a package, which keeps nothing elsewhere. */
export function filledBy(statement: ts.Node, scope: ReadScope): CodeUnit | undefined {
  if (!ts.isExpressionStatement(statement)) return undefined;
  const call = plainExpression(statement.expression);
  if (!ts.isCallExpression(call)) return undefined;
  const callee = plainExpression(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const { checker, directory } = scope;
  const method = checker.getResolvedSignature(call)?.declaration;
  if (method === undefined || !isForeign(method, directory)) return undefined;
  return constantOf(plainExpression(callee.expression), scope);
}

function constantOf(object: ts.Expression, { checker, directory }: ReadScope): CodeUnit | undefined {
  if (!ts.isIdentifier(object)) return undefined;
  const symbol = checker.getSymbolAtLocation(object);
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target?.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  return isForeign(declaration, directory) ? undefined : unitOf(declaration);
}
