/** The options of a tool that say how it runs, from its decorator and from aria.toml. */
import { settingsDefaults, toolDefaults, toolEffects } from '#wit/manifest';
import { nearestName } from '#wit/tokens';
import { type NumberOption, checkNumber } from '../check/check-tools.ts';
import { tuned } from './components/component-options.ts';
import type { Spelled, ToolOptions } from './decorator-options.ts';
import type { ReadTool, ToolEffect } from './project.ts';
import type { ReadScope } from './read-scope.ts';
import type { TunedTable, Tuning } from './tuning.ts';

const mebibyte = 1024 * 1024;
const typePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** What the options come to, defaults filled in. */
export type RunningOptions = Pick<
  ReadTool,
  'timeoutMs' | 'computeMs' | 'memoryBytes' | 'retryCount' | 'type' | 'nlp' | 'effect' | 'cacheTtlMs'
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
  const nlp = tuned(options.nlp, { table, key: 'nlp' }, scope);
  const type = typeOf(options.type, table, scope);
  const effect = effectOf(options.effect, scope);
  const cacheTtlMs = cacheOf(table, settings);
  return {
    timeoutMs: number('timeout', 'timeout_ms') ?? toolDefaults.timeoutMs,
    computeMs: number('computeMs', 'compute_ms') ?? toolDefaults.computeMs,
    memoryBytes: memoryMiB === undefined ? toolDefaults.memoryBytes : memoryMiB * mebibyte,
    retryCount: number('retryCount', 'retry_count') ?? toolDefaults.retryCount,
    ...(type === undefined || type === toolDefaults.type ? {} : { type }),
    ...(nlp === undefined ? {} : { nlp }),
    ...(effect === undefined ? {} : { effect }),
    ...(cacheTtlMs === undefined ? {} : { cacheTtlMs }),
  };
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

/** A tool is cached where its own table says so; for how long, where nothing says it, is what holds for all. */
function cacheOf(table: TunedTable | undefined, settings: TunedTable): number | undefined {
  const own = (key: string): unknown => table?.values.get(`cache.${key}`)?.value;
  const named = own('enabled') !== undefined || own('ttl_sec') !== undefined;
  if (!named || own('enabled') === false) return undefined;
  const seconds = own('ttl_sec') ?? settings.values.get('cache.ttl_sec')?.value;
  return typeof seconds === 'number' ? Math.max(1, Math.round(seconds * 1000)) : settingsDefaults.cache.ttlMs;
}
