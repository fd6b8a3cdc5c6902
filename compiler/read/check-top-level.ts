/** Reports operations that start while a module is loaded: there is no call yet that they could belong to. */
import { ts } from './typescript.js';
import type { ReadScope } from './read-scope.ts';
import { loadedPartsOf } from './uses/code-units.ts';
import { operationOf } from './uses/find-uses.ts';
import { plainExpression } from './uses/static-text.ts';
import { forEachPart } from './walk-syntax.ts';

/** Walks what runs when a file is loaded. */
export function checkTopLevel(file: ts.SourceFile, scope: ReadScope): void {
  visit(file);

  function visit(node: ts.Node): void {
    if (ts.isClassLike(node)) {
      for (const part of loadedPartsOf(node)) visit(part);
      return;
    }
    if (ts.isFunctionLike(node) || ts.isTypeNode(node) || isOfSdk(node, scope)) return;
    if (ts.isCallExpression(node)) {
      const called = calledAtOnce(node);
      if (called?.body !== undefined) visit(called.body);
      const operation = operationOf(node, scope);
      if (operation !== undefined) report(operation.surface, node);
    }
    forEachPart(node, visit);
  }

  function report(surface: string, node: ts.CallExpression): void {
    const { expression } = node;
    scope.report(ts.isPropertyAccessExpression(expression) ? expression.name : expression, {
      code: 'TOP_LEVEL_OPERATION',
      message: `Cannot start ${surface} here: the module is loaded before there is a call`,
      remedy: 'Move it into the tool, or into a function that the tool calls',
    });
  }
}

/** The function that is called where it is written. */
function calledAtOnce(call: ts.CallExpression): ts.ArrowFunction | ts.FunctionExpression | undefined {
  const callee = plainExpression(call.expression);
  return ts.isArrowFunction(callee) || ts.isFunctionExpression(callee) ? callee : undefined;
}

/** The SDK's own decorators are read and taken away. */
function isOfSdk(node: ts.Node, { sdk }: ReadScope): boolean {
  if (!ts.isDecorator(node)) return false;
  const { expression } = node;
  return sdk.nameOf(ts.isCallExpression(expression) ? expression.expression : expression) !== undefined;
}
