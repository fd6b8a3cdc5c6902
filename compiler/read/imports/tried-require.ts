/** Whether a module asks for another one in a way that goes on without it. */
import { ts } from '../typescript.js';
import { forEachPart } from '../walk-syntax.ts';

/** Whether every `require` of a module in the text stands in a `try` of its own function. */
export function isTried(text: string, module: string): boolean {
  const file = ts.createSourceFile('module.js', text, { languageVersion: ts.ScriptTarget.ESNext }, true);
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && asksFor(node, module)) calls.push(node);
    forEachPart(node, visit);
  };
  visit(file);
  return calls.length > 0 && calls.every(isInTry);
}

function asksFor({ expression, arguments: [specifier] }: ts.CallExpression, module: string): boolean {
  return (
    ts.isIdentifier(expression) &&
    expression.text === 'require' &&
    specifier !== undefined &&
    ts.isStringLiteralLike(specifier) &&
    specifier.text === module
  );
}

function isInTry(call: ts.Node): boolean {
  let child: ts.Node = call;
  for (let node = call.parent; node !== undefined && !ts.isFunctionLike(node); node = node.parent) {
    if (ts.isTryStatement(node) && node.tryBlock === child && node.catchClause !== undefined) return true;
    child = node;
  }
  return false;
}
