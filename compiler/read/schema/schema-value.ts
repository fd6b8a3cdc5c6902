/** Schema values among the options: what their types say, and whether they can be evaluated outside of the place that they stand in. */
import { ts } from '../typescript.js';
import { isAmbient, isForeign } from '../foreign-files.ts';
import type { ReadScope } from '../read-scope.ts';
import { projectPath } from '../project-files.ts';
import type { SchemaValue } from '../project.ts';

/** The one property of Standard Schema. */
const standardProperty = '~standard';

/** A schema value as an option has it. */
export interface WrittenSchema {
  readonly option: 'inputs' | 'outputs';
  readonly expression: ts.Expression;
}

/** What a schema value takes and gives, and where the bundle finds it. */
export interface ReadSchemaValue {
  readonly input: ts.Type;
  readonly output: ts.Type;
  readonly value: SchemaValue;
}

/** Whether an expression is a schema of any library, as its type says. */
export function isSchemaValue(expression: ts.Expression, { checker }: ReadScope): boolean {
  return checker.getTypeAtLocation(expression).getProperty(standardProperty) !== undefined;
}

/** Reads a schema value; one that cannot be used is reported. */
export function readSchemaValue({ option, expression }: WrittenSchema, scope: ReadScope): ReadSchemaValue | undefined {
  const refuse = (node: ts.Node, state: string, remedy: string): undefined =>
    scope.report(node, {
      code: 'SCHEMA_VALUE_UNSUPPORTED',
      message: `Cannot use the schema in "${option}": ${state}`,
      remedy,
    }) as undefined;
  const { checker, directory } = scope;
  const file = expression.getSourceFile();
  if (isForeign(expression, directory))
    return refuse(expression, 'it is written in a package', 'Write the option in a file of this project');
  const standard = typeOfProperty(checker.getTypeAtLocation(expression), standardProperty, checker);
  const types = standard && typeOfProperty(standard, 'types', checker);
  const [input, output] = ['input', 'output']
    .map((name) => types?.getProperty(name))
    .map((end) => end && checker.getTypeOfSymbol(end));
  if (input === undefined || output === undefined || input.flags & ts.TypeFlags.Unknown) {
    return refuse(
      expression,
      'its type does not say what it takes and gives',
      "Give it the type StandardSchema<Input, Output> of '@aria/sdk'",
    );
  }
  const local = localPart(expression, checker);
  if (local !== undefined)
    return refuse(local.node, `it uses ${local.noun}`, 'Move the schema into a const at the top level of the module');
  return {
    input,
    output,
    value: {
      file: projectPath(directory, file.fileName),
      exportName: scope.schemaExports.add(expression, option),
    },
  };
}

function typeOfProperty(type: ts.Type, name: string, checker: ts.TypeChecker): ts.Type | undefined {
  const property = checker.getNonNullableType(type).getProperty(name);
  return property && checker.getNonNullableType(checker.getTypeOfSymbol(property));
}

/** What an expression uses that only exists where it stands. */
function localPart(
  expression: ts.Expression,
  checker: ts.TypeChecker,
): { readonly node: ts.Node; readonly noun: string } | undefined {
  const visit = (node: ts.Node): { readonly node: ts.Node; readonly noun: string } | undefined => {
    if (ts.isTypeNode(node)) return undefined;
    const noun = nounOfLocal(node, expression, checker);
    return noun === undefined ? ts.forEachChild(node, visit) : { node, noun };
  };
  return visit(expression);
}

function nounOfLocal(node: ts.Node, within: ts.Expression, checker: ts.TypeChecker): string | undefined {
  if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword)
    return hasOwnThis(node, within) ? undefined : `"${node.getText()}"`;
  if (ts.isPrivateIdentifier(node)) return `the private name "${node.text}"`;
  if (!ts.isIdentifier(node)) return undefined;
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node);
  const declaration = symbol?.valueDeclaration ?? symbol?.declarations?.[0];
  if (declaration === undefined || isAmbient(declaration)) return undefined;
  if (declaration.getSourceFile() !== within.getSourceFile() || isMember(declaration)) return undefined;
  if (ts.findAncestor(declaration, (outer) => outer === within) !== undefined) return undefined;
  return isTopLevel(declaration) ? undefined : `"${node.text}", which is local`;
}

/** Whether a function around a node, inside of the expression, gives it a `this`. */
function hasOwnThis(node: ts.Node, within: ts.Expression): boolean {
  const container = ts.findAncestor(
    node,
    (outer) => outer === within || (ts.isFunctionLike(outer) && !ts.isArrowFunction(outer)) || ts.isClassLike(outer),
  );
  return container !== undefined && container !== within;
}

/** Whether a name belongs to an object, so that the object decides where it can be used. */
function isMember(declaration: ts.Node): boolean {
  return (
    ts.isClassElement(declaration) ||
    ts.isTypeElement(declaration) ||
    ts.isObjectLiteralElement(declaration) ||
    ts.isEnumMember(declaration)
  );
}

function isTopLevel(declaration: ts.Node): boolean {
  const container = ts.findAncestor(
    declaration.parent,
    (outer) =>
      ts.isFunctionLike(outer) ||
      ts.isClassLike(outer) ||
      ts.isBlock(outer) ||
      ts.isModuleBlock(outer) ||
      ts.isSourceFile(outer),
  );
  return container === undefined || ts.isSourceFile(container);
}
