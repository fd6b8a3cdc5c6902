/**
 * What aria.toml tunes: options of single tools, agents, teams and pipelines, and settings of the whole bundle. The source says what
 * there is, aria.toml how it runs. Names there are in snake case, with the unit last.
 */
import { agentMemories, manifestMaxima, strategyNames, toolTrusts } from '#wit/manifest';
import { nearestName } from '#wit/tokens';
import type { DiagnosticCollector, Place } from '../check/diagnostic.ts';
import { type BuildTarget, buildTargets } from './build-target.ts';
import { resourceRanges } from './resource-ranges.ts';
import { type TomlFile, isTable, tableOf } from './toml-file.ts';

/** A value and where it is written. */
export interface Located<Value> {
  readonly value: Value;
  readonly place: Place;
}

/** A value that a key of aria.toml may have. */
type TunedValue = string | number | boolean | readonly string[];

/** The tuned keys of one component, by their names in aria.toml, with a dot for a table in it. */
export interface TunedTable {
  readonly place: Place;
  readonly values: ReadonlyMap<string, Located<TunedValue>>;
}

/** Everything that is tuned. */
export interface Tuning {
  readonly tools: ReadonlyMap<string, TunedTable>;
  readonly agents: ReadonlyMap<string, TunedTable>;
  readonly teams: ReadonlyMap<string, TunedTable>;
  readonly pipelines: ReadonlyMap<string, TunedTable>;
  /** By pipeline, then by the id of the step. */
  readonly steps: ReadonlyMap<string, ReadonlyMap<string, TunedTable>>;
  /** `llm`, `cache`, `memory`, `streaming`, `registry`: keys with a dot between table and key. */
  readonly settings: TunedTable;
  /** Where the tools are to run, where the command does not say. */
  readonly target?: BuildTarget;
}

/** What a key takes. */
type KeyForm =
  | { readonly kind: 'text'; readonly charactersMax: number }
  | { readonly kind: 'texts' }
  | { readonly kind: 'number'; readonly minimum: number; readonly maximum: number; readonly whole: boolean }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'secret' }
  /** `provider:model`, or a table of the keys that begin with the name and a dot. */
  | { readonly kind: 'model' };

type Keys = Readonly<Record<string, KeyForm>>;

const name: KeyForm = { kind: 'text', charactersMax: 128 };
const prompt: KeyForm = { kind: 'text', charactersMax: manifestMaxima.promptCharacters };
const sentence: KeyForm = { kind: 'text', charactersMax: manifestMaxima.descriptionCharacters };
const flag: KeyForm = { kind: 'flag' };
const timeout = count(1, manifestMaxima.timeoutMs);
const retries = count(0, manifestMaxima.retryCount);
const seconds: KeyForm = { kind: 'number', minimum: 0.001, maximum: manifestMaxima.cacheMs / 1000, whole: false };
const modelKeys: Keys = {
  provider: name,
  model: name,
  temperature: { kind: 'number', minimum: 0, maximum: 2, whole: false },
  max_tokens: count(1, manifestMaxima.maxTokens),
};
const tier: Keys = { ttl_sec: seconds, max_mb: count(1, 1024 * 1024) };

const toolKeys: Keys = {
  type: name,
  nlp: sentence,
  timeout_ms: timeout,
  compute_ms: count(1, manifestMaxima.computeMs),
  memory_mib: count(1, Math.floor(manifestMaxima.memoryBytes / (1024 * 1024))),
  retry_count: retries,
  trust: { kind: 'choice', choices: toolTrusts },
  ...within('resources', {
    cpus: { kind: 'number', ...resourceRanges.cpus },
    processes: { kind: 'number', ...resourceRanges.processes, whole: true },
    temporary_mib: { kind: 'number', ...resourceRanges.temporaryMiB, whole: true },
  }),
  ...within('cache', { enabled: flag, ttl_sec: seconds }),
};
const agentKeys: Keys = {
  system_prompt: prompt,
  directives: { kind: 'texts' },
  capabilities: { kind: 'texts' },
  max_calls: count(1, manifestMaxima.maxCalls),
  timeout_ms: timeout,
  memory: { kind: 'choice', choices: agentMemories },
  llm: { kind: 'model' },
  ...within('llm', modelKeys),
};
const teamKeys: Keys = within('strategy', {
  name: { kind: 'choice', choices: strategyNames },
  description: sentence,
  manager: name,
  ...within('coordination_rules', {
    max_parallel_tasks: count(1, manifestMaxima.maxParallel),
    task_timeout_ms: timeout,
    handoff_protocol: prompt,
  }),
});
const pipelineKeys: Keys = {
  timeout_ms: timeout,
  ...within('error_strategy', {
    type: { kind: 'choice', choices: ['stop', 'continue', 'retry'] },
    max_attempts: count(1, manifestMaxima.retryCount + 1),
    backoff_ms: count(0, manifestMaxima.timeoutMs),
  }),
};
const stepKeys: Keys = { id: name, timeout_ms: timeout, retry_count: retries };
const settingsKeys: Keys = {
  ...within('llm', { ...modelKeys, api_key: { kind: 'secret' }, base_url: name }),
  ...within('cache', {
    enabled: flag,
    ttl_sec: seconds,
    fast_path_threshold: { kind: 'number', minimum: 0, maximum: 1, whole: false },
  }),
  ...within('memory', { ...within('short_term', tier), ...within('long_term', tier) }),
  ...within('streaming', { interval_ms: count(1, 60_000) }),
  // Where `arc install` and `arc publish` look; nothing of it is part of a bundle.
  ...within('registry', { path: { kind: 'text', charactersMax: 4_096 } }),
};

/** Tables that say how a component runs. */
const componentTables = ['tool', 'agent', 'team', 'pipeline'] as const;
const settingsTables = ['llm', 'cache', 'memory', 'streaming', 'registry'] as const;
/** Tables that others read, or that earlier systems had; `[project]` and `[dependencies]` are read elsewhere. */
const unreadTables = ['database', 'runtime'] as const;
const tables: readonly string[] = ['project', 'dependencies', 'build', ...componentTables, ...settingsTables];

/** Spellings of the systems that came before. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['coordinationRules', 'coordination_rules'],
  ['maxParallelTasks', 'max_parallel_tasks'],
  ['taskTimeout', 'task_timeout_ms'],
  ['handoffProtocol', 'handoff_protocol'],
  ['ttl', 'ttl_sec'],
]);

/** Reads what is tuned; what cannot be used is reported and left out. */
export function readTuning(file: TomlFile, collector: DiagnosticCollector): Tuning {
  const reading = new TuningReading(file, collector);
  for (const key of file.table.keys()) reading.checkTable(key);
  return {
    tools: reading.components('tool', toolKeys),
    agents: reading.components('agent', agentKeys),
    teams: reading.components('team', teamKeys),
    pipelines: reading.components('pipeline', pipelineKeys),
    steps: reading.steps(),
    settings: reading.settings(),
    ...reading.build(),
  };
}

class TuningReading {
  readonly #file: TomlFile;
  readonly #collector: DiagnosticCollector;

  constructor(file: TomlFile, collector: DiagnosticCollector) {
    this.#file = file;
    this.#collector = collector;
  }

  checkTable(key: string): void {
    if (tables.includes(key)) return this.#checkIsTable(key);
    if (unreadTables.some((unread) => unread === key)) this.#warnOfUnread(key);
    else this.#reportUnknown([key], tables, 'aria.toml');
  }

  #warnOfUnread(key: string): void {
    this.#collector.report(this.#file.place([key]), {
      code: 'TUNING_UNKNOWN',
      severity: 'warning',
      message: `Cannot use [${key}]: nothing of it is part of a bundle`,
      remedy: `Remove [${key}]`,
    });
  }

  /** Settings are judged with their keys; of the others only what is in them is read. */
  #checkIsTable(key: string): void {
    if (settingsTables.some((one) => one === key) || isTable(this.#file.table.get(key))) return;
    const remedy = componentTables.some((one) => one === key) ? `Write [${key}.NAME]` : `Write [${key}]`;
    this.#reportValue([key], 'it is no table', remedy);
  }

  components(kind: (typeof componentTables)[number], keys: Keys): ReadonlyMap<string, TunedTable> {
    const found = new Map<string, TunedTable>();
    for (const [component, value] of tableOf(this.#file.table.get(kind))) {
      const path = [kind, component];
      const values = new Map<string, Located<TunedValue>>();
      if (isTable(value)) this.#read(path, value, { keys, skipped: kind === 'pipeline' ? ['steps'] : [], values });
      else this.#reportValue(path, 'it is no table', `Write [${kind}.${component}]`);
      found.set(component, { place: this.#file.place(path), values });
    }
    return found;
  }

  steps(): Tuning['steps'] {
    const found = new Map<string, ReadonlyMap<string, TunedTable>>();
    for (const [pipeline, value] of tableOf(this.#file.table.get('pipeline'))) {
      const list = tableOf(value).get('steps');
      const steps = new Map<string, TunedTable>();
      for (const [index, step] of (Array.isArray(list) ? list : []).entries()) {
        const path = ['pipeline', pipeline, 'steps', index];
        const values = new Map<string, Located<TunedValue>>();
        if (isTable(step)) this.#read(path, step, { keys: stepKeys, skipped: [], values });
        const id = values.get('id');
        if (typeof id?.value === 'string') steps.set(id.value, { place: this.#file.place(path), values });
        else if (isTable(step) && !Object.hasOwn(step, 'id'))
          this.#reportValue(path, 'it has no "id"', 'Add the id of the step that it tunes');
      }
      found.set(pipeline, steps);
    }
    return found;
  }

  /** Earlier systems have other keys there, and other targets: those are left alone, unless they are a slip of the pen. */
  build(): Pick<Tuning, 'target'> {
    const table = this.#file.table.get('build');
    if (!isTable(table)) return {};
    const { target: written, ...others } = table;
    const target = buildTargets.find((known) => known === written);
    const nearest = typeof written === 'string' ? nearestName(written, buildTargets) : undefined;
    if (target === undefined && nearest !== undefined)
      this.#reportValue(['build', 'target'], 'it is none', `Write ${nearest}`);
    else if (target === undefined || Object.keys(others).length > 0) this.#warnOfUnread('build');
    return target === undefined ? {} : { target };
  }

  settings(): TunedTable {
    const values = new Map<string, Located<TunedValue>>();
    const all = Object.fromEntries([...this.#file.table].filter(([key]) => settingsTables.some((one) => one === key)));
    this.#read([], all, { keys: settingsKeys, skipped: [], values });
    return { place: this.#file.place([]), values };
  }

  /** Reads the keys of a table, those of the tables in it by a dotted name. */
  #read(
    path: readonly (string | number)[],
    table: Readonly<Record<string, unknown>>,
    into: {
      readonly keys: Keys;
      readonly skipped: readonly string[];
      readonly values: Map<string, Located<TunedValue>>;
    },
    prefix = '',
  ): void {
    for (const [written, value] of Object.entries(table)) {
      if (into.skipped.includes(written)) continue;
      const at = [...path, written];
      const key = `${prefix}${aliases.get(written) ?? written}`;
      const form = Object.hasOwn(into.keys, key) ? into.keys[key] : undefined;
      const inner = Object.keys(into.keys).some((known) => known.startsWith(`${key}.`));
      if (inner && isTable(value)) this.#read(at, value, into, `${key}.`);
      else if (form === undefined && inner) this.#reportValue(at, 'it is no table', 'Write it as a table');
      else if (form === undefined) this.#reportUnknown(at, namesBelow(into.keys, prefix), tableName(path));
      else {
        const read = this.#value(at, value, form);
        if (read !== undefined) into.values.set(key, { value: read, place: this.#file.place(at) });
      }
    }
  }

  #value(path: readonly (string | number)[], value: unknown, form: KeyForm): TunedValue | undefined {
    switch (form.kind) {
      case 'text':
      case 'model':
        if (typeof value === 'string' && value.trim() !== '' && value.length <= textMax(form)) return value;
        return this.#reportValue(path, 'it has to be a text', `Write ${lastOf(path)} = "…"`);
      case 'texts': {
        const texts = typeof value === 'string' ? [value] : value;
        if (Array.isArray(texts) && texts.length <= manifestMaxima.texts && texts.every(isText)) return texts;
        return this.#reportValue(path, 'it has to be a list of texts', `Write ${lastOf(path)} = ["…"]`);
      }
      case 'number':
        return this.#number(path, value, form);
      case 'flag':
        if (typeof value === 'boolean') return value;
        return this.#reportValue(path, 'it has to be true or false', `Write ${lastOf(path)} = true`);
      case 'choice':
        if (typeof value === 'string' && form.choices.includes(value)) return value;
        return this.#reportValue(path, 'it is none', choiceRemedy(value, form.choices));
      case 'secret':
        return this.#secret(path, value);
    }
  }

  #number(
    path: readonly (string | number)[],
    value: unknown,
    { minimum, maximum, whole }: Extract<KeyForm, { kind: 'number' }>,
  ): number | undefined {
    const number = typeof value === 'bigint' ? Number(value) : value;
    const fits = typeof number === 'number' && number >= minimum && number <= maximum;
    if (fits && (!whole || Number.isInteger(number))) return number;
    const expected = `a ${whole ? 'whole ' : ''}number from ${minimum} to ${maximum}`;
    return this.#reportValue(path, `it has to be ${expected}`, `Write ${expected}`);
  }

  /** A secret is named, and found in the environment of the host. It is no part of a bundle. */
  #secret(path: readonly (string | number)[], value: unknown): undefined {
    if (typeof value === 'string' && /^\$\{env:[A-Za-z_]\w*\}$/.test(value)) return undefined;
    this.#collector.report(this.#file.place(path), {
      code: 'SECRET_INLINE',
      message: `Cannot keep "${path.join('.')}" in aria.toml: a secret is named, not written out`,
      remedy: `Write ${lastOf(path)} = "\${env:NAME}", and take the secret itself out of the file's history`,
    });
    return undefined;
  }

  #reportValue(path: readonly (string | number)[], state: string, remedy: string): undefined {
    this.#collector.report(this.#file.place(path), {
      code: 'TUNING_INVALID',
      message: `Cannot use "${lastOf(path)}" of ${tableName(path.slice(0, -1))}: ${state}`,
      remedy,
    });
    return undefined;
  }

  #reportUnknown(path: readonly (string | number)[], known: readonly string[], where: string): void {
    const key = lastOf(path);
    const nearest = nearestName(key, known);
    this.#collector.report(this.#file.place(path), {
      code: 'TUNING_UNKNOWN',
      message: `Cannot use "${key}": ${where} has no such key`,
      remedy: nearest === undefined ? `Remove it; there are ${known.join(', ')}` : `Write ${nearest}`,
    });
  }
}

function count(minimum: number, maximum: number): KeyForm {
  return { kind: 'number', minimum, maximum, whole: true };
}

/** The keys of a table within another. */
function within(table: string, keys: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).map(([key, form]) => [`${table}.${key}`, form]));
}

/** The next part of the known names below a prefix. */
function namesBelow(keys: Keys, prefix: string): readonly string[] {
  const below = Object.keys(keys).filter((key) => key.startsWith(prefix));
  return [...new Set(below.map((key) => key.slice(prefix.length).split('.', 1)[0] ?? ''))];
}

function textMax(form: KeyForm): number {
  return form.kind === 'text' ? form.charactersMax : 256;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= manifestMaxima.promptCharacters;
}

function choiceRemedy(value: unknown, choices: readonly string[]): string {
  const nearest = typeof value === 'string' ? nearestName(value, choices) : undefined;
  return `Write ${nearest ?? `one of ${choices.join(', ')}`}`;
}

function lastOf(path: readonly (string | number)[]): string {
  return String(path.at(-1) ?? '');
}

function tableName(path: readonly (string | number)[]): string {
  return path.length === 0 ? 'aria.toml' : `[${path.join('.')}]`;
}
