/** What a tool takes and what it gives: by the types of its function, or by a schema among its options that the types have to fit. */
import { ts } from '../typescript.js';
import type { FoundTool } from '../found-tool.ts';
import { isPackageFile } from '../project-files.ts';
import type { SchemaValue } from '../project.ts';
import type { DiagnosticFacts, ReadScope } from '../read-scope.ts';
import { type DerivedSchema, deriveSchema, emptyInputSchema } from './derive-schema.ts';
import { checkParameters } from './declared-parameters.ts';
import { withSaid } from './said-keywords.ts';
import { type ReadSchemaValue, type WrittenSchema, readSchemaValue } from './schema-value.ts';
import { kindsOf } from './schema-types.ts';
import { checkTypeWords } from './type-words.ts';
import { readZod } from './zod-calls.ts';

/** One side of a tool. */
export interface ToolSide extends DerivedSchema {
  /** The schema of the author's that judges values while the tool runs. */
  readonly value?: SchemaValue;
}

/** A type and where it is written. */
interface WrittenType {
  readonly type: ts.Type;
  readonly node: ts.Node;
  /** Whether TypeScript compares it with a schema of the options itself; what it says of that is more exact. */
  readonly compared: boolean;
}

/** What a tool takes. */
export function inputSide(found: FoundTool, scope: ReadScope): ToolSide {
  const { inputs, parameters } = found.read.options;
  const parameter = parameterOf(found, scope);
  const side =
    inputs?.kind === 'schema'
      ? bySchema({ option: 'inputs', expression: inputs.expression }, parameter, scope)
      : byType(parameter, scope);
  if (inputs?.kind === 'words') checkTypeWords({ option: 'inputs', declared: inputs, schema: side.schema }, scope);
  const described =
    parameters === undefined ? side : { ...side, schema: checkParameters(parameters, side.schema, scope) };
  warnUnlessObject(
    described,
    inputs?.kind === 'schema' ? inputs.expression : (parameter?.node ?? found.nameNode),
    scope,
  );
  return described;
}

/** What a tool gives. */
export function outputSide(found: FoundTool, scope: ReadScope): ToolSide {
  const { outputs } = found.read.options;
  const result = resultOf(found, scope);
  if (outputs?.kind === 'schema') return bySchema({ option: 'outputs', expression: outputs.expression }, result, scope);
  const side = resultSide(result, scope);
  if (outputs !== undefined) checkTypeWords({ option: 'outputs', declared: outputs, schema: side.schema }, scope);
  return side;
}

function byType(parameter: WrittenType | undefined, scope: ReadScope): ToolSide {
  if (parameter === undefined) return { schema: emptyInputSchema, blobs: false };
  return deriveSchema({ ...parameter, direction: 'input' }, scope);
}

function resultSide(result: WrittenType | undefined, scope: ReadScope): ToolSide {
  if (result === undefined) return { schema: {}, blobs: false };
  // A tool that gives nothing, or never returns, gives null.
  if (result.type.flags & (ts.TypeFlags.VoidLike | ts.TypeFlags.Never))
    return { schema: { type: 'null' }, blobs: false };
  return deriveSchema({ ...result, direction: 'output' }, scope);
}

/** A caller gives what a schema takes, and gets what a schema gives; the function has the other end of it. */
function bySchema(written: WrittenSchema, ofFunction: WrittenType | undefined, scope: ReadScope): ToolSide {
  const read = readSchemaValue(written, scope);
  if (read === undefined) return { schema: {}, blobs: false };
  const direction = written.option === 'inputs' ? 'input' : 'output';
  if (ofFunction !== undefined) checkEnds(written, read, ofFunction, scope);
  const derived = deriveSchema({ type: read[direction], direction, node: written.expression, ofValue: true }, scope);
  const said = readZod(written.expression, direction, scope.checker);
  return { ...derived, schema: withSaid(derived.schema, said), value: read.value };
}

function checkEnds(
  { option, expression }: WrittenSchema,
  read: ReadSchemaValue,
  { type, compared }: WrittenType,
  scope: ReadScope,
): void {
  const { checker } = scope;
  const [given, taken] = option === 'inputs' ? [read.output, type] : [type, read.input];
  if (checker.isTypeAssignableTo(given, taken)) return;
  const [from, to] = [given, taken].map((one) => shortText(checker.typeToString(one)));
  const facts: DiagnosticFacts = {
    code: 'TYPE_CONTRADICTION',
    message:
      option === 'inputs'
        ? `Cannot use "inputs": the schema gives ${from}, and the function takes ${to}`
        : `Cannot use "outputs": the function gives ${from}, and the schema takes ${to}`,
    remedy: option === 'inputs' ? 'Give the parameter the type that the schema gives' : 'Return what the schema takes',
  };
  if (compared) scope.reportUnlessErrors(expression, facts);
  else scope.report(expression, facts);
}

/** Types in messages are for comparing, not for reading through. */
const typeCharactersMax = 120;

function shortText(text: string): string {
  return text.length > typeCharactersMax ? `${text.slice(0, typeCharactersMax)}…` : text;
}

function parameterOf({ signature, nameNode, origin }: FoundTool, scope: ReadScope): WrittenType | undefined {
  const parameter = signature?.getParameters()[0];
  if (parameter === undefined) return undefined;
  const declaration = parameter.valueDeclaration;
  const written = declaration && ts.isParameter(declaration) ? declaration.type : undefined;
  const type = scope.checker.getTypeOfSymbolAtLocation(parameter, declaration ?? nameNode);
  return { type, node: written ?? declaration ?? nameNode, compared: origin.method === undefined };
}

function resultOf(
  { signature, nameNode, origin }: FoundTool,
  { checker, directory }: ReadScope,
): WrittenType | undefined {
  if (signature === undefined) return undefined;
  const returned = checker.getReturnTypeOfSignature(signature);
  const written = signature.declaration?.type;
  const node = written && ts.isTypeNode(written) ? promised(written) : nameNode;
  return {
    type: checker.getAwaitedType(returned) ?? returned,
    node: isOwn(node, nameNode, directory) ? node : nameNode,
    compared: origin.method === undefined,
  };
}

/** The type that a promise is written to give. */
function promised(written: ts.TypeNode): ts.TypeNode {
  const isPromise =
    ts.isTypeReferenceNode(written) && ts.isIdentifier(written.typeName) && written.typeName.text === 'Promise';
  return (isPromise ? written.typeArguments?.[0] : undefined) ?? written;
}

/** A function from a package is declared there; diagnostics belong to the author's file. */
function isOwn(node: ts.Node, nameNode: ts.Node, directory: string): boolean {
  return node.getSourceFile() === nameNode.getSourceFile() || !isPackageFile(directory, node.getSourceFile().fileName);
}

function warnUnlessObject({ schema }: DerivedSchema, node: ts.Node, scope: ReadScope): void {
  // A type without a schema was reported as such.
  if ([...kindsOf(schema, new Map())].every((kind) => kind === 'object' || kind === 'any')) return;
  scope.report(node, {
    code: 'INPUT_NOT_OBJECT',
    severity: 'warning',
    message: 'Cannot offer the tool to models: its input is not an object',
    remedy: 'Take an object with one property instead',
  });
}
