/** Turns a tool as it was found into a tool as the manifest describes it: options judged, types as schemas. */
import { ts } from './typescript.js';
import { toolDefaults, toolEffects } from '#wit/manifest';
import { nearestName } from '#wit/tokens';
import { checkDescription } from '../check/check-bundle.ts';
import { type NumberOption, checkNumber, checkToolName, checkTokens } from '../check/check-tools.ts';
import type { Spelled, ToolOptions } from './decorator-options.ts';
import type { FoundTool } from './found-tool.ts';
import { isPackageFile } from './project-files.ts';
import { type ReadTool, type ToolEffect } from './project.ts';
import type { ReadScope } from './read-scope.ts';
import { type DerivedSchema, deriveSchema, emptyInputSchema } from './schema/derive-schema.ts';
import { kindsOf } from './schema/schema-types.ts';
import { checkTypeWords } from './schema/type-words.ts';

const mebibyte = 1024 * 1024;

/** Reads a tool; what is wrong with it is reported, and stands as its default. */
export function readTool(found: FoundTool, scope: ReadScope): ReadTool {
  const { options } = found.read;
  const input = inputOf(found, scope);
  const output = outputOf(found, scope);
  if (options.inputs) checkTypeWords({ option: 'inputs', declared: options.inputs, schema: input.schema }, scope);
  if (options.outputs) checkTypeWords({ option: 'outputs', declared: options.outputs, schema: output.schema }, scope);
  const effect = effectOf(options.effect, scope);
  return {
    name: nameOf(found, scope),
    description: descriptionOf(found, scope),
    tokens: checkTokens(
      (options.tokens ?? []).map((token) => placed(token, scope)),
      scope.collector,
    ),
    timeoutMs: numberOf('timeout', options, scope) ?? toolDefaults.timeoutMs,
    computeMs: numberOf('computeMs', options, scope) ?? toolDefaults.computeMs,
    memoryBytes: scaled(numberOf('memoryMiB', options, scope)) ?? toolDefaults.memoryBytes,
    retryCount: numberOf('retryCount', options, scope) ?? toolDefaults.retryCount,
    inputSchema: input.schema,
    outputSchema: output.schema,
    blobs: input.blobs || output.blobs,
    ...(effect === undefined ? {} : { effect }),
    origin: found.origin,
  };
}

/** The name of a tool: that of its options, or its own. Missing ones are empty. */
function nameOf({ read, ownName, nameNode }: FoundTool, scope: ReadScope): string {
  const name = read.options.name ?? (ownName === undefined ? undefined : { value: ownName, node: nameNode });
  if (name === undefined) {
    if (!read.given.has('name')) {
      scope.report(nameNode, {
        code: 'OPTION_MISSING',
        message: 'Cannot call the tool: it has no name',
        remedy: "Add name: '…' to its options",
      });
    }
    return '';
  }
  checkToolName(placed(name, scope), scope.collector);
  return name.value;
}

function descriptionOf({ read, documentation, nameNode }: FoundTool, scope: ReadScope): string {
  const { description } = read.options;
  const text = description?.value ?? documentation;
  if (text.trim() === '' && (description !== undefined || !read.given.has('description'))) {
    scope.report(description?.node ?? nameNode, {
      code: 'DESCRIPTION_MISSING',
      message: 'Cannot describe the tool: it has neither a description nor a JSDoc comment',
      remedy: 'Write /** what it does */ above it: models choose tools by this text',
    });
  }
  checkDescription('the tool', { text, place: scope.place(description?.node ?? nameNode) }, scope.collector);
  return text;
}

function numberOf(name: NumberOption['name'], options: ToolOptions, scope: ReadScope): number | undefined {
  const option = options[name];
  if (option !== undefined)
    checkNumber({ name, value: option.value, place: scope.place(option.node) }, scope.collector);
  return option?.value;
}

function scaled(memoryMiB: number | undefined): number | undefined {
  return memoryMiB === undefined ? undefined : memoryMiB * mebibyte;
}

function effectOf(effect: Spelled<string> | undefined, scope: ReadScope): ToolEffect | undefined {
  if (effect === undefined) return undefined;
  const known = toolEffects.find((name) => name === effect.value);
  if (known === undefined) {
    scope.report(effect.node, {
      code: 'OPTION_TYPE_INVALID',
      message: `Cannot read "effect": "${effect.value}" is none`,
      remedy: `Write ${nearestName(effect.value, toolEffects) ?? `one of ${toolEffects.join(', ')}`}`,
    });
  }
  return known;
}

function placed(
  { value, node }: Spelled<string>,
  scope: ReadScope,
): { readonly text: string; readonly place: ReturnType<ReadScope['place']> } {
  return { text: value, place: scope.place(node) };
}

function inputOf({ signature, nameNode }: FoundTool, scope: ReadScope): DerivedSchema {
  const parameter = signature?.getParameters()[0];
  if (parameter === undefined) return { schema: emptyInputSchema, blobs: false };
  const declaration = parameter.valueDeclaration;
  const written = declaration && ts.isParameter(declaration) ? declaration.type : undefined;
  const node = written ?? declaration ?? nameNode;
  const type = scope.checker.getTypeOfSymbolAtLocation(parameter, declaration ?? nameNode);
  const derived = deriveSchema({ type, direction: 'input', node }, scope);
  if (!takesObject(derived)) {
    scope.report(node, {
      code: 'INPUT_NOT_OBJECT',
      severity: 'warning',
      message: 'Cannot offer the tool to models: its input is not an object',
      remedy: 'Take an object with one property instead',
    });
  }
  return derived;
}

function takesObject({ schema }: DerivedSchema): boolean {
  const kinds = kindsOf(schema, new Map());
  // A type without a schema was reported as such.
  return [...kinds].every((kind) => kind === 'object' || kind === 'any');
}

function outputOf({ signature, nameNode }: FoundTool, scope: ReadScope): DerivedSchema {
  if (signature === undefined) return { schema: {}, blobs: false };
  const { checker } = scope;
  const returned = checker.getReturnTypeOfSignature(signature);
  const type = checker.getAwaitedType(returned) ?? returned;
  // A tool that gives nothing, or never returns, gives null.
  if (type.flags & (ts.TypeFlags.VoidLike | ts.TypeFlags.Never)) return { schema: { type: 'null' }, blobs: false };
  const written = signature.declaration?.type;
  const node = written && ts.isTypeNode(written) ? promised(written) : nameNode;
  return deriveSchema(
    { type, direction: 'output', node: isOwn(node, nameNode, scope.directory) ? node : nameNode },
    scope,
  );
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
