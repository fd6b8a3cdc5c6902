/** A tool before and after. */
import { type ManifestTool, resourceNames } from '#wit/manifest';
import type { ComparisonBudget } from '#wit/schema';
import type { Change, SizeChange, Subject } from './change.ts';
import { diffFields, diffLimits } from './diff-parts.ts';
import { type SchemaPair, diffInput, diffOutput } from './diff-schema.ts';

/** A tool, and the schemas of its bundle. */
export interface ToolOfBundle {
  readonly tool: ManifestTool;
  /** Parsed JSON, by path in the archive; one that is no JSON is absent. */
  readonly schemas: ReadonlyMap<string, unknown>;
}

/** A tool of both bundles. */
export interface ToolOfBundles {
  readonly before: ToolOfBundle;
  readonly after: ToolOfBundle;
  readonly budget: ComparisonBudget;
}

/** Everything about a tool that differs, tokens and sizes aside. */
export function diffTool(bundles: ToolOfBundles, subject: Subject): readonly Change[] {
  const { before, after } = bundles;
  const tools = { before: before.tool, after: after.tool };
  return [
    ...diffInput(schemaPair(bundles, 'inputSchema'), subject),
    ...diffOutput(schemaPair(bundles, 'outputSchema'), subject),
    ...diffFields(tools, subject, [
      { field: 'description' },
      { field: 'type' },
      { field: 'nlp' },
      { field: 'effect', breaking: 'maybe' },
      { field: 'cache' },
      // A host may have no containers.
      { field: 'engine', breaking: after.tool.engine === 'bun' ? 'maybe' : 'no' },
      { field: 'substrate' },
      { field: 'placement' },
      { field: 'trust' },
      { field: 'native' },
    ]),
    ...diffLimits(tools, subject, ['timeoutMs', 'computeMs', 'memoryBytes', 'retryCount']),
    ...diffResources(tools, subject),
    ...diffImports(before.tool.imports, after.tool.imports, subject),
    ...diffSource(before.tool, after.tool, subject),
  ];
}

/** Those of a container, as fields of their own: `resources.cpus`. */
function diffResources(
  { before, after }: { readonly before: ManifestTool; readonly after: ManifestTool },
  subject: Subject,
): readonly Change[] {
  const named = ({ resources = {} }: ManifestTool): object =>
    Object.fromEntries(Object.entries(resources).map(([name, value]) => [`resources.${name}`, value]));
  return diffLimits(
    { before: named(before), after: named(after) },
    subject,
    resourceNames.map((name) => `resources.${name}`),
  );
}

/** What a tool does is not compared: other code is only said to be that. */
function diffSource(before: ManifestTool, after: ManifestTool, subject: Subject): readonly Change[] {
  const [left, right] = [before.source.hash, after.source.hash];
  if (left === right) return [];
  const message = 'runs other code';
  return [{ kind: 'changed', subject, field: 'source', breaking: 'no', message, before: left, after: right }];
}

function schemaPair({ before, after, budget }: ToolOfBundles, name: 'inputSchema' | 'outputSchema'): SchemaPair {
  const schemaOf = ({ tool, schemas }: ToolOfBundle): unknown => schemas.get(tool[name].path);
  return { before: schemaOf(before), after: schemaOf(after), budget };
}

function diffImports(before: readonly string[], after: readonly string[], subject: Subject): readonly Change[] {
  const field = 'imports';
  return [
    ...after
      .filter((name) => !before.includes(name))
      .map((name): Change => {
        return { kind: 'import-added', subject, field, breaking: 'no', message: `imports "${name}"`, after: name };
      }),
    ...before
      .filter((name) => !after.includes(name))
      .map((name): Change => {
        const message = `no longer imports "${name}"`;
        return { kind: 'import-removed', subject, field, breaking: 'no', message, before: name };
      }),
  ];
}

/** Sizes of a tool that differ. */
export function diffToolSizes(before: ManifestTool, after: ManifestTool, subject: Subject): readonly SizeChange[] {
  return (['source', 'component'] as const)
    .map((of): SizeChange => {
      // A tool of the engine "bun" has no component.
      return { subject, of, before: before[of]?.size ?? 0, after: after[of]?.size ?? 0 };
    })
    .filter((change) => change.before !== change.after);
}
