/** Reads `@agent`. */
import { CodedError } from '#wit/errors';
import { type ManifestAgent, agentMemories, agentTokens, manifestMaxima, orchestrationDefaults } from '#wit/manifest';
import { parseToken } from '#wit/tokens';
import type { Spelled } from '../decorator-options.ts';
import { OptionReader } from '../option-reader.ts';
import type { ReadScope } from '../read-scope.ts';
import type { TunedTable, Tuning } from '../tuning.ts';
import { type OpenedComponent, tuned } from './component-options.ts';
import type { ComponentRegistry } from './registry.ts';

/** The options of `@agent`. */
export const agentOptions = [
  'name',
  'description',
  'task',
  'tools',
  'llm',
  'systemPrompt',
  'directives',
  'capabilities',
  'maxCalls',
  'timeout',
  'memory',
];
const modelOptions = ['provider', 'model', 'temperature', 'maxTokens'];

type Model = ManifestAgent['llm'];

/** Reads an agent; what is wrong with it is reported, and stands as its default. */
export function readAgent(
  { found, options, name, description }: OpenedComponent,
  registry: ComponentRegistry,
  tuning: Tuning,
): ManifestAgent {
  const { scope } = options;
  const table = tuning.agents.get(name);
  const task = options.text('task', manifestMaxima.promptCharacters);
  if (!options.has('task')) options.missing('task', `'what it is there for'`);
  if (!options.has('tools')) options.missing('tools', `[]`);
  const tools = registry.toolsOf(options.list('tools')?.items ?? []).slice(0, manifestMaxima.members);
  const llm = modelOf(options, { table, settings: tuning.settings });
  checkModel(llm, options.record.entries.get('llm')?.value.node ?? found.nameNode, scope);
  const systemPrompt = tuned(
    options.text('systemPrompt', manifestMaxima.promptCharacters),
    { table, key: 'system_prompt' },
    scope,
  );
  const directives = textsOf('directives', options, table);
  const capabilities = textsOf('capabilities', options, table);
  return {
    name,
    description,
    task: task?.value ?? '',
    tools: [...tools],
    llm,
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
    ...(directives.length === 0 ? {} : { directives }),
    ...(capabilities.length === 0 ? {} : { capabilities }),
    maxCalls:
      tuned(
        options.number('maxCalls', { minimum: 1, maximum: manifestMaxima.maxCalls }),
        { table, key: 'max_calls' },
        scope,
      ) ?? orchestrationDefaults.maxCalls,
    timeoutMs:
      tuned(
        options.number('timeout', { minimum: 1, maximum: manifestMaxima.timeoutMs, unit: ' ms' }),
        { table, key: 'timeout_ms' },
        scope,
      ) ?? orchestrationDefaults.timeoutMs,
    memory:
      tuned(options.choice('memory', agentMemories), { table, key: 'memory' }, scope) ?? orchestrationDefaults.memory,
    tokens: [
      ...agentTokens(
        { llm, tools: [...tools] },
        { tools: new Map([...registry.tools].map(([tool, { tokens }]) => [tool, tokens])) },
      ),
    ],
  };
}

function textsOf(name: 'directives' | 'capabilities', options: OptionReader, table: TunedTable | undefined): string[] {
  const limits = { charactersMax: manifestMaxima.promptCharacters, countMax: manifestMaxima.texts };
  const texts = options.texts(name, limits);
  const node = options.value(name)?.node;
  const spelled = node === undefined ? undefined : { value: texts, node };
  return [...(tuned(spelled, { table, key: name }, options.scope) ?? [])];
}

/** The parts of a model as the source or aria.toml spells them. */
interface SpelledModel {
  readonly provider?: Spelled<string> | undefined;
  readonly model?: Spelled<string> | undefined;
  readonly temperature?: Spelled<number> | undefined;
  readonly maxTokens?: Spelled<number> | undefined;
}

/** The source's own, else what aria.toml says of the agent, else what it says of all, else the default; part by part. */
function modelOf(
  options: OptionReader,
  { table, settings }: { table: TunedTable | undefined; settings: TunedTable },
): Model {
  const { scope } = options;
  const spelled = spelledModel(options);
  const whole = table?.values.get('llm')?.value;
  const short = typeof whole === 'string' ? splitModel(whole) : undefined;
  const pick = <Value extends string | number>(option: Spelled<Value> | undefined, key: string): Value | undefined =>
    tuned(option, { table, key: `llm.${key}` }, scope);
  const provider = pick(spelled.provider, 'provider') ?? short?.provider;
  const model = pick(spelled.model, 'model') ?? short?.model;
  const of = (key: string): unknown => settings.values.get(`llm.${key}`)?.value;
  // A model belongs to its provider, so the two are taken from one place.
  const [defaultProvider, defaultModel] =
    model === undefined && provider === undefined
      ? [of('provider') ?? orchestrationDefaults.provider, of('model') ?? orchestrationDefaults.model]
      : [orchestrationDefaults.provider, orchestrationDefaults.model];
  const temperature = pick(spelled.temperature, 'temperature') ?? of('temperature');
  const maxTokens = pick(spelled.maxTokens, 'max_tokens') ?? of('max_tokens');
  return {
    provider: provider ?? String(defaultProvider),
    model: model ?? String(defaultModel),
    ...(typeof temperature === 'number' ? { temperature } : {}),
    ...(typeof maxTokens === 'number' ? { maxTokens } : {}),
  };
}

function spelledModel(options: OptionReader): SpelledModel {
  const value = options.value('llm');
  if (value === undefined) return {};
  if (value.kind === 'scalar' && typeof value.value === 'string') {
    const { provider, model } = splitModel(value.value);
    const { node } = value;
    return { provider: { value: provider, node }, model: { value: model, node } };
  }
  if (value.kind !== 'record') {
    options.refuse('llm', value, { noun: 'a model', example: `'openai:gpt-4o-mini'` });
    return {};
  }
  const inner = new OptionReader('llm', value, { known: modelOptions, scope: options.scope });
  if (!inner.has('model')) inner.missing('model', `'gpt-4o-mini'`);
  return {
    provider: inner.text('provider', 64),
    model: inner.text('model', 128),
    temperature: inner.number('temperature', { minimum: 0, maximum: 2, whole: false }),
    maxTokens: inner.number('maxTokens', { minimum: 1, maximum: manifestMaxima.maxTokens }),
  };
}

/** `provider:model`; a model alone is one of the default provider. */
function splitModel(text: string): { readonly provider: string; readonly model: string } {
  const colon = text.indexOf(':');
  if (colon < 0) return { provider: orchestrationDefaults.provider, model: text };
  return { provider: text.slice(0, colon), model: text.slice(colon + 1) };
}

/** A model is asked for by a token, so it has to make one. */
function checkModel({ provider, model }: Model, node: Spelled<unknown>['node'], scope: ReadScope): void {
  try {
    parseToken(`llm:${provider}:${model}`);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    scope.report(node, { code: 'TOKEN_INVALID', message: error.message, remedy: error.wire.remedy });
  }
}
