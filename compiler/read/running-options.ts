/** The options of a tool that say how it runs, from its decorator and from aria.toml. */
import { manifestMaxima, settingsDefaults, toolDefaults, toolEffects, toolTrusts } from '#wit/manifest';
import { nearestName } from '#wit/tokens';
import { type NumberOption, checkNumber } from '../check/check-tools.ts';
import { tuned } from './components/component-options.ts';
import type { Spelled, ToolOptions } from './decorator-options.ts';
import type { ReadTool } from './project.ts';
import type { ReadScope } from './read-scope.ts';
import type { TunedTable, Tuning } from './tuning.ts';

const mebibyte = 1024 * 1024;
const typePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** What the options come to, defaults filled in. */
export type RunningOptions = Pick<
  ReadTool,
  | 'timeoutMs'
  | 'computeMs'
  | 'memoryBytes'
  | 'retryCount'
  | 'type'
  | 'nlp'
  | 'effect'
  | 'cacheTtlMs'
  | 'trust'
  | 'resources'
>;

/** Reads and judges them. */
export function runningOptions(
  options: ToolOptions,
  { tools, settings }: Pick<Tuning, 'tools' | 'settings'>,
  { name, scope }: { readonly name: string; readonly scope: ReadScope },
): RunningOptions {
  const table = tools.get(name);
  const number = (option: NumberOption['name'], key: string): number | undefined => {
    const spelled = options[option];
    if (spelled !== undefined)
      checkNumber({ name: option, value: spelled.value, place: scope.place(spelled.node) }, scope.collector);
    return tuned(spelled, { table, key }, scope);
  };
  const memoryMiB = number('memoryMiB', 'memory_mib');
  checkComponentMemory(memoryMiB, { spelled: options.memoryMiB, table }, scope);
  const nlp = tuned(options.nlp, { table, key: 'nlp' }, scope);
  const type = typeOf(options.type, table, scope);
  const effect = wordOf('effect', options.effect, toolEffects, scope)?.value;
  // What aria.toml says is one of the words, or is not read.
  const trust = tuned(wordOf('trust', options.trust, toolTrusts, scope), { table, key: 'trust' }, scope);
  const resources = resourcesOf(options.resources, table, scope);
  const cacheTtlMs = cacheOf(table, settings);
  return {
    timeoutMs: number('timeout', 'timeout_ms') ?? toolDefaults.timeoutMs,
    computeMs: number('computeMs', 'compute_ms') ?? toolDefaults.computeMs,
    memoryBytes: memoryMiB === undefined ? toolDefaults.memoryBytes : memoryMiB * mebibyte,
    retryCount: number('retryCount', 'retry_count') ?? toolDefaults.retryCount,
    ...(type === undefined || type === toolDefaults.type ? {} : { type }),
    ...(nlp === undefined ? {} : { nlp }),
    ...(effect === undefined ? {} : { effect }),
    ...(trust === undefined ? {} : { trust }),
    ...(resources === undefined ? {} : { resources }),
    ...(cacheTtlMs === undefined ? {} : { cacheTtlMs }),
  };
}

/** What only a container may have is too much where the target is WebAssembly. */
function checkComponentMemory(
  memoryMiB: number | undefined,
  { spelled, table }: { readonly spelled: Spelled<number> | undefined; readonly table: TunedTable | undefined },
  scope: ReadScope,
): void {
  const maximum = Math.floor(manifestMaxima.componentMemoryBytes / mebibyte);
  if (scope.target !== 'wasm' || memoryMiB === undefined || memoryMiB <= maximum) return;
  const place = table?.values.get('memory_mib')?.place ?? (spelled && scope.place(spelled.node));
  if (place === undefined || scope.collector.hasAt(place)) return;
  scope.collector.report(place, {
    code: 'OPTION_OUT_OF_RANGE',
    message: `Cannot use memoryMiB ${memoryMiB} MiB: WebAssembly has at most ${maximum} MiB`,
    remedy: `Write ${maximum} or less, or build with --target auto`,
  });
}

function typeOf(
  type: Spelled<string> | undefined,
  table: TunedTable | undefined,
  scope: ReadScope,
): string | undefined {
  const value = tuned(type, { table, key: 'type' }, scope);
  if (value === undefined || typePattern.test(value)) return value;
  const place = table?.values.get('type')?.place ?? (type && scope.place(type.node));
  if (place !== undefined)
    scope.collector.report(place, {
      code: 'OPTION_TYPE_INVALID',
      message: `Cannot read "type": "${value}" is no word of letters, digits, _ or -`,
      remedy: 'Write a word such as custom',
    });
  return undefined;
}

/** A word as one of those that there are. */
function wordOf<Word extends string>(
  name: string,
  word: Spelled<string> | undefined,
  known: readonly Word[],
  scope: ReadScope,
): Spelled<Word> | undefined {
  if (word === undefined) return undefined;
  const found = known.find((one) => one === word.value);
  if (found !== undefined) return { value: found, node: word.node };
  scope.report(word.node, {
    code: 'OPTION_TYPE_INVALID',
    message: `Cannot read "${name}": "${word.value}" is none`,
    remedy: `Write ${nearestName(word.value, known) ?? `one of ${known.join(', ')}`}`,
  });
  return undefined;
}

/** By the name in the manifest: the name of the option, its key in aria.toml, and how many of the manifest's unit one is. */
const resourceFields = [
  ['cpus', 'cpus', 'resources.cpus', 1],
  ['processes', 'processes', 'resources.processes', 1],
  ['temporaryBytes', 'temporaryMiB', 'resources.temporary_mib', mebibyte],
] as const;

function resourcesOf(
  spelled: ToolOptions['resources'] = {},
  table: TunedTable | undefined,
  scope: ReadScope,
): ReadTool['resources'] {
  const numbers = resourceFields.flatMap(([field, option, key, scale]) => {
    const value = tuned<number>(spelled[option], { table, key }, scope);
    return value === undefined ? [] : [[field, value * scale] as const];
  });
  return numbers.length === 0 ? undefined : Object.fromEntries(numbers);
}

/** A tool is cached where its own table says so; for how long, where nothing says it, is what holds for all. */
function cacheOf(table: TunedTable | undefined, settings: TunedTable): number | undefined {
  const own = (key: string): unknown => table?.values.get(`cache.${key}`)?.value;
  const named = own('enabled') !== undefined || own('ttl_sec') !== undefined;
  if (!named || own('enabled') === false) return undefined;
  const seconds = own('ttl_sec') ?? settings.values.get('cache.ttl_sec')?.value;
  return typeof seconds === 'number' ? Math.max(1, Math.round(seconds * 1000)) : settingsDefaults.cache.ttlMs;
}
