/** Turns a tool as it was found into a tool as the manifest describes it: options judged, types as schemas. */
import { checkDescription } from '../check/check-bundle.ts';
import { checkToolName, checkTokens } from '../check/check-tools.ts';
import type { Spelled } from './decorator-options.ts';
import type { FoundTool } from './found-tool.ts';
import type { ReadTool } from './project.ts';
import type { ReadScope } from './read-scope.ts';
import { runningOptions } from './running-options.ts';
import { type ToolSide, inputSide, outputSide } from './schema/tool-sides.ts';
import type { Tuning } from './tuning.ts';

/** Reads a tool; what is wrong with it is reported, and stands as its default. */
export function readTool(found: FoundTool, tuning: Tuning, scope: ReadScope): ReadTool {
  const { options } = found.read;
  const input = inputSide(found, scope);
  const output = outputSide(found, scope);
  const name = nameOf(found, scope);
  return {
    name,
    description: descriptionOf(found, scope),
    tokens: checkTokens(
      (options.tokens ?? []).map((token) => placed(token, scope)),
      scope.collector,
    ),
    ...runningOptions(options, tuning, { name, scope }),
    inputSchema: input.schema,
    outputSchema: output.schema,
    blobs: input.blobs || output.blobs,
    ...valuesOf(input, output),
    ...schemasOf(input, output),
    origin: found.origin,
  };
}

function valuesOf({ plan }: ToolSide, output: ToolSide): Pick<ReadTool, 'values'> {
  if (plan === undefined && output.plan === undefined) return {};
  return {
    values: { ...(plan === undefined ? {} : { input: plan }), ...(output.plan === undefined ? {} : { output: true }) },
  };
}

function schemasOf({ value: input }: ToolSide, { value: output }: ToolSide): Pick<ReadTool, 'schemas'> {
  if (input === undefined && output === undefined) return {};
  return { schemas: { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) } };
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

function placed(
  { value, node }: Spelled<string>,
  scope: ReadScope,
): { readonly text: string; readonly place: ReturnType<ReadScope['place']> } {
  return { text: value, place: scope.place(node) };
}
