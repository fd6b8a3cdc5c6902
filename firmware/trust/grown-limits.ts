/** Limits and budgets of a bundle that grow: what an upgrade asks for beside tokens. */
import { type Manifest, containerDefaults, orchestrationDefaults, settingsDefaults, toolDefaults } from '#wit/manifest';

type PartKind = 'tool' | 'agent' | 'team' | 'pipeline' | 'memory';

/** One limit of one part. */
interface Limit {
  readonly kind: PartKind;
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  /** Infinite where the part has none. */
  readonly value: number;
}

/** What a new part may have without asking: as much as a part without options has. */
const defaults: Readonly<Record<PartKind, Readonly<Record<string, number>>>> = {
  tool: {
    'wall time': toolDefaults.timeoutMs,
    'compute time': toolDefaults.computeMs,
    memory: toolDefaults.memoryBytes,
    retries: toolDefaults.retryCount,
    cores: containerDefaults.cpus,
    processes: containerDefaults.processes,
    'temporary files': containerDefaults.temporaryBytes,
  },
  agent: {
    'wall time': orchestrationDefaults.timeoutMs,
    calls: orchestrationDefaults.maxCalls,
    'tokens of an answer': Infinity,
  },
  team: {
    'wall time of a task': orchestrationDefaults.timeoutMs,
    'tasks at the same time': orchestrationDefaults.maxParallelTasks,
  },
  pipeline: {
    'wall time': orchestrationDefaults.timeoutMs,
    'tries of a step': orchestrationDefaults.maxAttempts,
    'retries of a step': 0,
  },
  memory: { bytes: 0 },
};

/** A sentence for each limit that is higher than before, and for each agent that speaks to another model. Without a version before, the defaults count. */
export function grownLimits(before: Manifest | undefined, after: Manifest): readonly string[] {
  const had = limitsOf(before ?? { tools: [] });
  const byKey = new Map(had.map((limit) => [keyOf(limit), limit.value]));
  const limits = limitsOf(after).flatMap((limit) => {
    const known = byKey.get(keyOf(limit));
    const allowed = known ?? highest(limit, had);
    return limit.value > allowed ? [sentence(limit, { allowed, isNew: known === undefined })] : [];
  });
  return before === undefined ? limits : [...limits, ...changedModels(before, after)];
}

function keyOf({ kind, name, label }: Limit): string {
  return `${kind}/${name}/${label}`;
}

/** A new part has no limit of its own to grow from: what parts of its kind had counts, so that a new name brings nothing. */
function highest({ kind, label }: Limit, had: readonly Limit[]): number {
  const others = had.filter((limit) => limit.kind === kind && limit.label === label).map(({ value }) => value);
  return Math.max(defaults[kind][label] ?? 0, ...others);
}

function sentence({ kind, name, label, unit, value }: Limit, before: { allowed: number; isNew: boolean }): string {
  const amount = (number: number): string => (number === Infinity ? 'no limit' : `${number}${unit}`);
  const had = before.isNew ? `no ${kind} had more than ${amount(before.allowed)}` : `it had ${amount(before.allowed)}`;
  return `${kind} "${name}" asks for ${label}: ${amount(value)}; ${had}`;
}

type Parts = Pick<Manifest, 'tools' | 'agents' | 'teams' | 'pipelines' | 'settings'>;

function limitsOf({ tools, agents = [], teams = [], pipelines = [], settings }: Parts): readonly Limit[] {
  const memory = settings?.memory ?? settingsDefaults;
  return [
    ...tools.flatMap(({ name, timeoutMs, computeMs, memoryBytes, retryCount, resources = {} }) =>
      limits('tool', name, [
        ['wall time', timeoutMs, ' ms'],
        ['compute time', computeMs, ' ms'],
        ['memory', memoryBytes, ' bytes'],
        ['retries', retryCount, ''],
        // Of a tool in the sandbox too: a host's policy may move it into a container.
        ['cores', resources.cpus ?? containerDefaults.cpus, ''],
        ['processes', resources.processes ?? containerDefaults.processes, ''],
        ['temporary files', resources.temporaryBytes ?? containerDefaults.temporaryBytes, ' bytes'],
      ]),
    ),
    ...agents.flatMap(({ name, timeoutMs, maxCalls, llm }) =>
      limits('agent', name, [
        ['wall time', timeoutMs, ' ms'],
        ['calls', maxCalls, ''],
        ['tokens of an answer', llm.maxTokens ?? Infinity, ''],
      ]),
    ),
    ...teams.flatMap(({ name, strategy }) =>
      limits('team', name, [
        ['wall time of a task', strategy.taskTimeoutMs, ' ms'],
        ['tasks at the same time', strategy.maxParallelTasks, ''],
      ]),
    ),
    ...pipelines.flatMap(({ name, timeoutMs, errorStrategy, steps }) =>
      limits('pipeline', name, [
        ['wall time', timeoutMs, ' ms'],
        ['tries of a step', errorStrategy.maxAttempts, ''],
        ['retries of a step', highestRetries(steps), ''],
      ]),
    ),
    ...limits('memory', 'short-term', [['bytes', memory.shortTerm.bytesMax, '']]),
    ...limits('memory', 'long-term', [['bytes', memory.longTerm.bytesMax, '']]),
  ];
}

function limits(
  kind: PartKind,
  name: string,
  values: readonly (readonly [label: string, value: number, unit: string])[],
): readonly Limit[] {
  return values.map(([label, value, unit]) => ({ kind, name, label, unit, value }));
}

type Steps = NonNullable<Manifest['pipelines']>[number]['steps'];

function highestRetries(steps: Steps): number {
  const inner = steps.flatMap((step): Steps => {
    if (step.type === 'condition') return [...step.then, ...step.else];
    return step.type === 'parallel' ? step.steps : [];
  });
  const own = steps.map(({ retryCount }) => retryCount ?? 0);
  return Math.max(0, ...own, ...(inner.length === 0 ? [] : [highestRetries(inner)]));
}

/** A dearer model is a higher budget, and which one is dearer nobody here knows. */
function changedModels(before: Manifest, after: Manifest): readonly string[] {
  const models = new Map((before.agents ?? []).map(({ name, llm }) => [name, `${llm.provider}:${llm.model}`]));
  return (after.agents ?? []).flatMap(({ name, llm }) => {
    const [model, had] = [`${llm.provider}:${llm.model}`, models.get(name)];
    return had === undefined || had === model ? [] : [`agent "${name}" uses the model "${model}"; it used "${had}"`];
  });
}
