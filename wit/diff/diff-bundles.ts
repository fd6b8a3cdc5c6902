/** What differs between two bundles. Pure: the bundles have been read and verified by whoever asks. */
import type { Manifest, ManifestTool } from '#wit/manifest';
import { type ComparisonBudget, comparisonBudget } from '#wit/schema';
import { type BundleDiff, type Change, type PartKind, type Subject, worst } from './change.ts';
import { diffDependencies } from './diff-dependencies.ts';
import { type NamedPart, type PartPair, diffFields, diffLimits, diffPresence, pairParts } from './diff-parts.ts';
import { diffInput } from './diff-schema.ts';
import { TokenCoverage, diffTokens, uncoveredTokens } from './diff-tokens.ts';
import { diffTool, diffToolSizes } from './diff-tool.ts';

/** A bundle, as far as it is compared. */
export interface DiffedBundle {
  readonly manifest: Manifest;
  /** Parsed JSON of the schemas, by path in the archive; one that is no JSON is absent. */
  readonly schemas: ReadonlyMap<string, unknown>;
  /** In bytes. */
  readonly archiveSize: number;
}

/** A part of a bundle that is not a tool. */
interface Orchestration extends NamedPart {
  readonly tokens: readonly string[];
}

const orchestrationKinds = ['agent', 'team', 'pipeline'] as const satisfies readonly PartKind[];

/** Fields of agents, teams and pipelines that mean more to a caller than that something changed. */
const limitFields: readonly string[] = ['timeoutMs', 'maxCalls'];
const maybeBreaking: ReadonlySet<string> = new Set(['steps']);

/** Compares two bundles. */
export function diffBundles(before: DiffedBundle, after: DiffedBundle): BundleDiff {
  const [left, right] = [before.manifest, after.manifest];
  const bundle = diffManifest(left, right);
  const tools = pairParts<ManifestTool>('tool', left.tools, right.tools);
  const parts = orchestrationKinds.flatMap((kind) =>
    pairParts<Orchestration>(kind, left[`${kind}s`] ?? [], right[`${kind}s`] ?? []),
  );
  const budget = comparisonBudget();
  const toolChanges = tools.flatMap((pair) => diffToolPair(pair, { before, after, budget }));
  const orchestration = parts.flatMap((pair) => diffOrchestration(pair, budget));
  const coverage = new TokenCoverage(tokensOf(left));
  const tokens = [...tools, ...parts].flatMap((pair) =>
    diffTokens({ before: pair.before?.tokens, after: pair.after?.tokens }, pair.subject, coverage),
  );
  const subject: Subject = { kind: 'bundle', name: right.name };
  const archive = { subject, of: 'archive', before: before.archiveSize, after: after.archiveSize } as const;
  const sizes = [
    ...(archive.before === archive.after ? [] : [archive]),
    ...tools.flatMap((pair) => (pair.before && pair.after ? diffToolSizes(pair.before, pair.after, pair.subject) : [])),
  ];
  const changes = [...bundle, ...toolChanges, ...orchestration];
  return {
    same: changes.length + tokens.length + sizes.length === 0,
    breaking: worst([...changes, ...tokens].map(({ breaking }) => breaking)),
    bundle,
    tools: toolChanges,
    orchestration,
    tokens,
    newTokens: uncoveredTokens(tokensOf(right), coverage),
    sizes,
  };
}

function tokensOf({ tools, agents = [], teams = [], pipelines = [] }: Manifest): readonly string[] {
  return [...tools, ...agents, ...teams, ...pipelines].flatMap(({ tokens }) => tokens);
}

function diffManifest(before: Manifest, after: Manifest): readonly Change[] {
  const subject: Subject = { kind: 'bundle', name: after.name };
  const fields = diffFields({ before, after }, subject, [
    { field: 'name', breaking: 'yes' },
    { field: 'version' },
    { field: 'description' },
    { field: 'author' },
    { field: 'license' },
    { field: 'abi', breaking: 'maybe' },
    { field: 'template' },
    { field: 'settings' },
  ]);
  return [...fields, ...diffDependencies({ before: before.dependencies, after: after.dependencies }, subject)];
}

function diffToolPair(
  pair: PartPair<ManifestTool>,
  bundles: { readonly before: DiffedBundle; readonly after: DiffedBundle; readonly budget: ComparisonBudget },
): readonly Change[] {
  const { subject, before, after } = pair;
  if (before === undefined || after === undefined) return diffPresence(pair);
  return diffTool(
    {
      before: { tool: before, schemas: bundles.before.schemas },
      after: { tool: after, schemas: bundles.after.schemas },
      budget: bundles.budget,
    },
    subject,
  );
}

function diffOrchestration(pair: PartPair<Orchestration>, budget: ComparisonBudget): readonly Change[] {
  const { subject, before, after } = pair;
  if (before === undefined || after === undefined) return diffPresence(pair);
  const apart = new Set(['name', 'tokens', ...limitFields, ...(subject.kind === 'pipeline' ? ['variables'] : [])]);
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((field) => !apart.has(field));
  return [
    ...(subject.kind === 'pipeline' ? diffVariables({ before, after, budget }, subject) : []),
    ...diffFields(
      { before, after },
      subject,
      fields.map((field) => ({ field, breaking: maybeBreaking.has(field) ? 'maybe' : 'no' })),
    ),
    ...diffLimits({ before, after }, subject, limitFields),
  ];
}

/** The variables of a pipeline are its input. */
function diffVariables(
  { before, after, budget }: { readonly before: object; readonly after: object; readonly budget: ComparisonBudget },
  subject: Subject,
): readonly Change[] {
  const pair = { before: Reflect.get(before, 'variables'), after: Reflect.get(after, 'variables'), budget };
  return diffInput(pair, subject, 'variables');
}
