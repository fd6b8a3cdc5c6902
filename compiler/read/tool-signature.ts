/** Finds the one signature that a tool's schemas come from, and says what is wrong with others. */
import { ts } from './typescript.js';
import type { ReadScope } from './read-scope.ts';

/** The signature of a tool method; reports one that cannot be a tool's. */
export function methodSignature(method: ts.MethodDeclaration, scope: ReadScope): ts.Signature | undefined {
  const symbol = scope.checker.getSymbolAtLocation(method.name);
  const type = symbol && scope.checker.getTypeOfSymbolAtLocation(symbol, method);
  return type && checkedSignature(type, method.name, scope);
}

/** The signature of the function of a `tool()` constant. */
export function constantSignature(run: ts.Expression, scope: ReadScope): ts.Signature | undefined {
  if (ts.isFunctionExpression(run) && run.asteriskToken !== undefined) {
    scope.report(run, {
      code: 'TOOL_METHOD_UNSUPPORTED',
      message: 'Cannot make a tool of this: the function is a generator',
      remedy: 'Return the whole value instead',
    });
    return undefined;
  }
  return checkedSignature(scope.checker.getTypeAtLocation(run), run, scope);
}

function checkedSignature(type: ts.Type, node: ts.Node, scope: ReadScope): ts.Signature | undefined {
  const [signature, second] = scope.checker.getSignaturesOfType(type, ts.SignatureKind.Call);
  if (signature === undefined) {
    scope.reportUnlessErrors(node, {
      code: 'TOOL_FUNCTION_MISSING',
      message: 'Cannot make a tool: its type is not that of a function',
      remedy: 'Write async (input: { … }) => …',
    });
    return undefined;
  }
  if (second !== undefined) {
    scope.report(node, {
      code: 'TOOL_METHOD_UNSUPPORTED',
      message: 'Cannot make a tool of this: it has several signatures',
      remedy: 'Write one signature with a union type',
    });
    return undefined;
  }
  const [generic] = signature.typeParameters ?? [];
  if (generic !== undefined) {
    const place = signature.declaration?.typeParameters?.[0] ?? node;
    scope.report(place, {
      code: 'TOOL_GENERIC',
      message: `Cannot derive a schema: the tool is generic in "${generic.symbol.name}"`,
      remedy: 'Name the type',
    });
    return undefined;
  }
  return checkParameters(signature, node, scope) ? signature : undefined;
}

function checkParameters(signature: ts.Signature, node: ts.Node, scope: ReadScope): boolean {
  const [first, second] = signature.getParameters();
  const rest =
    first?.valueDeclaration &&
    ts.isParameter(first.valueDeclaration) &&
    first.valueDeclaration.dotDotDotToken !== undefined;
  const wrong = rest ? first : second;
  if (wrong === undefined) return true;
  scope.report(wrong.valueDeclaration ?? node, {
    code: 'TOOL_PARAMETERS',
    message: `Cannot call the tool: it takes ${rest ? 'a list of parameters' : `${signature.getParameters().length} parameters`}`,
    remedy: 'Take one object with a property for each',
  });
  return false;
}
