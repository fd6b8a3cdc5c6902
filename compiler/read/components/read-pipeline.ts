/** Reads `@pipeline`: its variables, its steps as a tree without anything left to parse, and their order. */
import {
  type ManifestAgent,
  type ManifestPipeline,
  type ManifestStep,
  type ManifestTeam,
  manifestMaxima,
  orchestrationDefaults,
  pipelineTokens,
  stepCycle,
} from '#wit/manifest';
import { nearestName } from '#wit/tokens';
import { compareText } from '../../check/diagnostic.ts';
import { OptionReader } from '../option-reader.ts';
import type { ReadScope } from '../read-scope.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { isSchema } from '../schema/schema-types.ts';
import type { TunedTable, Tuning } from '../tuning.ts';
import { StepChecking } from './check-steps.ts';
import { type OpenedComponent, checkTunedNames, tuned } from './component-options.ts';
import { type DraftStep, StepDrafting, allSteps, branchesOf } from './draft-steps.ts';
import type { ComponentRegistry } from './registry.ts';
import { definitionName, renameReferences } from './rename-references.ts';
import { type ReadCondition, ValueResolution, stepsOf, valuesOf } from './resolve-values.ts';
import { StepSchemas } from './step-schemas.ts';
import { type Variable, readVariables } from './variables.ts';

/** The options of `@pipeline`. */
export const pipelineOptions = ['name', 'description', 'variables', 'steps', 'errorStrategy', 'timeout'];
const strategyOptions = ['type', 'maxAttempts', 'backoffMs'];
const strategyTypes = ['stop', 'continue', 'retry'] as const;

/** Who else there is. */
export interface PipelineSurroundings {
  readonly registry: ComponentRegistry;
  readonly agents: readonly ManifestAgent[];
  readonly teams: readonly ManifestTeam[];
  readonly tuning: Tuning;
}

/** Reads a pipeline; what is wrong with it is reported. */
export function readPipeline(
  { found, options, name, description }: OpenedComponent,
  { registry, agents, teams, tuning }: PipelineSurroundings,
): ManifestPipeline {
  const { scope } = options;
  if (!options.has('steps')) options.missing('steps', '[…]');
  const list = options.list('steps');
  if (list !== undefined && list.items.length === 0)
    scope.report(list.node, {
      code: 'STEP_INVALID',
      message: 'Cannot read the steps: there are none',
      remedy: "Add { id: 'a', type: 'tool', tool: '…' }",
    });
  const drafts = new StepDrafting(registry, scope).steps(list?.items ?? []);
  const variables = readVariables(found.declaration, options);
  const steps = new PipelineSteps({ drafts, variables, registry, tuned: tuning.steps.get(name) }, scope).read();
  const table = tuning.pipelines.get(name);
  return {
    name,
    description,
    variables: variablesSchema(variables),
    steps: [...steps],
    errorStrategy: errorStrategyOf(options, table),
    timeoutMs:
      tuned(
        options.number('timeout', { minimum: 1, maximum: manifestMaxima.timeoutMs, unit: ' ms' }),
        { table, key: 'timeout_ms' },
        scope,
      ) ?? orchestrationDefaults.timeoutMs,
    tokens: [
      ...pipelineTokens(steps, {
        tools: new Map([...registry.tools].map(([tool, { tokens }]) => [tool, tokens])),
        agents: new Map(agents.map((agent) => [agent.name, agent.tokens])),
        teams: new Map(teams.map((team) => [team.name, team.tokens])),
      }),
    ],
  };
}

/** What the steps of one pipeline are made of. */
interface PipelineParts {
  readonly drafts: readonly DraftStep[];
  readonly variables: ReadonlyMap<string, Variable>;
  readonly registry: ComponentRegistry;
  readonly tuned: ReadonlyMap<string, TunedTable> | undefined;
}

class PipelineSteps {
  readonly #parts: PipelineParts;
  readonly #scope: ReadScope;
  readonly #byId: ReadonlyMap<string, DraftStep>;
  readonly #values: ValueResolution;
  readonly #checking: StepChecking;

  constructor(parts: PipelineParts, scope: ReadScope) {
    this.#parts = parts;
    this.#scope = scope;
    this.#byId = new Map(allSteps(parts.drafts).map((draft) => [draft.id, draft]));
    this.#values = new ValueResolution({ steps: this.#byId, variables: parts.variables }, scope);
    const { callables: tools } = parts.registry;
    const schemas = new StepSchemas({
      tools,
      steps: this.#byId,
      branches: branchesOf(parts.drafts),
      variables: parts.variables,
    });
    this.#checking = new StepChecking(schemas, tools, scope);
  }

  read(): readonly ManifestStep[] {
    const { drafts, variables } = this.#parts;
    const steps = drafts.map((draft) => this.#step(draft));
    const cycle = stepCycle(steps);
    if (cycle !== undefined) this.#reportCycle(cycle);
    for (const { name, node } of variables.values()) {
      if (this.#values.used.has(name)) continue;
      this.#scope.report(node, {
        code: 'VARIABLE_UNUSED',
        severity: 'warning',
        message: `Cannot find a use of the variable "${name}": no step has $${name}`,
        remedy: `Use $${name} in a step, or remove it`,
      });
    }
    const tunedSteps = this.#parts.tuned;
    if (tunedSteps !== undefined) checkTunedNames('step', tunedSteps, [...this.#byId.keys()], this.#scope);
    return steps;
  }

  #step(draft: DraftStep): ManifestStep {
    const reportedBefore = this.#scope.collector.count;
    const inputs = Object.fromEntries([...draft.inputs].map(([name, { value }]) => [name, this.#values.value(value)]));
    const condition = draft.type === 'condition' ? this.#values.condition(draft) : undefined;
    this.#checking.check({ draft, inputs, condition: condition?.condition, reportedBefore });
    const used = [...Object.values(inputs), ...(condition === undefined ? [] : valuesOf(condition.condition))];
    const common = { ...this.#commonOf(draft), dependencies: this.#dependenciesOf(draft, used.flatMap(stepsOf)) };
    return this.#whole(draft, common, { inputs, condition });
  }

  #whole(
    draft: DraftStep,
    common: Pick<ManifestStep, 'id' | 'name' | 'dependencies' | 'timeoutMs' | 'retryCount'>,
    {
      inputs,
      condition,
    }: { readonly inputs: Extract<ManifestStep, { type: 'tool' }>['inputs']; readonly condition: ReadCondition },
  ): ManifestStep {
    const target = draft.target ?? '';
    const outputs =
      draft.outputs === undefined
        ? {}
        : { outputs: Object.fromEntries([...draft.outputs].map(([name, { value }]) => [name, [...value]])) };
    const task = draft.task === undefined ? {} : { task: draft.task };
    switch (draft.type) {
      case 'tool':
        return { ...common, type: 'tool', tool: target, inputs, ...outputs };
      case 'agent':
        return { ...common, type: 'agent', agent: target, ...task, inputs, ...outputs };
      case 'team':
        return { ...common, type: 'team', team: target, ...task, inputs, ...outputs };
      case 'condition':
        return {
          ...common,
          type: 'condition',
          text: condition?.text ?? '',
          condition: condition?.condition ?? { kind: 'value', value: { kind: 'literal', value: false } },
          then: draft.then.map((inner) => this.#step(inner)),
          else: draft.otherwise.map((inner) => this.#step(inner)),
        };
      case 'parallel':
        return {
          ...common,
          type: 'parallel',
          steps: draft.steps.map((inner) => this.#step(inner)),
          ...(draft.maxParallel === undefined ? {} : { maxParallel: draft.maxParallel }),
        };
    }
  }

  #commonOf({
    id,
    name,
    timeout,
    retryCount,
  }: DraftStep): Pick<ManifestStep, 'id' | 'name' | 'timeoutMs' | 'retryCount'> {
    const table = this.#parts.tuned?.get(id);
    const timeoutMs = tuned(timeout, { table, key: 'timeout_ms' }, this.#scope);
    const retries = tuned(retryCount, { table, key: 'retry_count' }, this.#scope);
    return {
      id,
      name,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(retries === undefined ? {} : { retryCount: retries }),
    };
  }

  /** What is named, and what the inputs use. */
  #dependenciesOf({ dependencies }: DraftStep, used: readonly string[]): string[] {
    const named = dependencies.flatMap(({ value, node }) => {
      if (this.#byId.has(value)) return [value];
      const nearest = nearestName(value, [...this.#byId.keys()]);
      this.#scope.report(node, {
        code: 'REFERENCE_UNKNOWN',
        message: `Cannot wait for "${value}": the pipeline has no such step`,
        remedy: nearest === undefined ? 'Name a step of the pipeline' : `Write '${nearest}'`,
      });
      return [];
    });
    return [...new Set([...named, ...used.filter((id) => this.#byId.has(id))])].sort(compareText);
  }

  #reportCycle(cycle: readonly string[]): void {
    const [first = ''] = cycle;
    const node = this.#byId.get(first)?.node;
    if (node === undefined) return;
    const alone = new Set(cycle).size === 1;
    this.#scope.report(node, {
      code: 'REFERENCE_CYCLE',
      message: alone
        ? `Cannot order the steps: "${first}" waits for itself`
        : `Cannot order the steps: ${cycle.map((id) => `"${id}"`).join(' waits for ')}`,
      remedy: 'Remove one of the dependencies',
    });
  }
}

/** One schema of an object for all variables; the definitions of each stand under its name. */
function variablesSchema(variables: ReadonlyMap<string, Variable>): ManifestPipeline['variables'] {
  const definitions: [string, JsonSchema][] = [];
  const properties = [...variables.values()].map(({ name, schema: { $defs, ...schema } }) => {
    for (const [own, definition] of Object.entries(isSchema($defs) ? $defs : {}))
      if (isSchema(definition)) definitions.push([definitionName(name, own), renameReferences(definition, name)]);
    return [name, renameReferences(schema, name)] as const;
  });
  const required = [...variables.values()]
    .filter(({ optional, schema }) => !optional && !Object.hasOwn(schema, 'default'))
    .map(({ name }) => name);
  const schema: JsonSchema = {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    ...(definitions.length === 0 ? {} : { $defs: Object.fromEntries(definitions) }),
  };
  // A copy that may be written to, as the parser of manifests gives it.
  return structuredClone(schema) as ManifestPipeline['variables'];
}

function errorStrategyOf(options: OptionReader, table: TunedTable | undefined): ManifestPipeline['errorStrategy'] {
  const { scope } = options;
  const value = options.value('errorStrategy');
  const record = value === undefined || value.kind === 'scalar' ? undefined : options.object('errorStrategy');
  const inner = record && new OptionReader('errorStrategy', record, { known: strategyOptions, scope });
  const written =
    value?.kind === 'scalar' ? options.choice('errorStrategy', strategyTypes) : inner?.choice('type', strategyTypes);
  const of = (key: string): { table: TunedTable | undefined; key: string } => ({ table, key: `error_strategy.${key}` });
  const type = tuned(written, of('type'), scope) ?? orchestrationDefaults.errorStrategy;
  const attempts = tuned(
    inner?.number('maxAttempts', { minimum: 1, maximum: manifestMaxima.retryCount + 1 }),
    of('max_attempts'),
    scope,
  );
  const backoffMs = tuned(
    inner?.number('backoffMs', { minimum: 0, maximum: manifestMaxima.timeoutMs, unit: ' ms' }),
    of('backoff_ms'),
    scope,
  );
  return {
    type,
    maxAttempts: attempts ?? (type === 'retry' ? orchestrationDefaults.maxAttempts : 1),
    backoffMs: backoffMs ?? orchestrationDefaults.backoffMs,
  };
}
