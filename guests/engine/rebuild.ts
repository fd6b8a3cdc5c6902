/** From a tool's source to its component: load it on the template, write the memory back, cut the imports, splice. */
import { hashBytes } from '#wit/bundle';
import { interfaceOfToken, parseToken } from '#wit/tokens';
import { withMemory, writeSections } from './component/core-module.ts';
import { cutSections, splice, wrapperOf } from './component/wrapper.ts';
import { snapshotTooLarge } from './errors.ts';
import type { Reading } from './load-worker.ts';
import { prepareSnapshot, snapshot } from './snapshot.ts';
import { type Template, loadTemplate } from './template.ts';

/** How long a top level may run: modules that build tables take milliseconds, so this only ends what hangs. */
const topLevelMsDefault = 5_000;

/** What is rebuilt. */
export interface RebuildOptions {
  readonly template: Template;
  /** The tool's source: CommonJS that sets `exports.tool`. */
  readonly source: string;
  /** The tool's name. */
  readonly name: string;
  /** Instances of `aria:host` to import: `importsOf` its tokens. */
  readonly imports: readonly string[];
  /** What the instance's memory may grow to: a multiple of 64 KiB. */
  readonly memoryBytesMax: number;
  /** Where wrappers are kept between processes; nothing is kept without it. */
  readonly cacheDirectory?: string | undefined;
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A rebuilt component. */
export interface Rebuilt {
  readonly component: Uint8Array;
  /** BLAKE3 of it. */
  readonly hash: string;
  /**
   * Clock and randomness that the top level read while it was loaded. Where there are any, the component holds the source compiled and
   * not loaded: each call loads it anew, by its own clock and seed.
   */
  readonly readings: readonly Reading[];
}

/**
 * Rebuilds a component. The same template, source, imports and memory give the same bytes on any machine.
 * @throws {CodedError} `BUILD_FAILED` where the top level throws, loops or grows; `CANCELLED`.
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const {
    template,
    source,
    name,
    imports,
    memoryBytesMax,
    cacheDirectory,
    deadlineMs = topLevelMsDefault,
    signal,
  } = options;
  if (template.image.length > memoryBytesMax) throw snapshotTooLarge(name, template.image.length, memoryBytesMax);
  const [{ memory, readings }, wrapper] = await Promise.all([
    snapshot({ template, source, name, imports, memoryBytesMax, deadlineMs, signal }),
    wrapperOf(template.sections, template.engineHash, imports, cacheDirectory),
  ]);
  const core = writeSections(cutSections(withMemory(template.sections, memory, memoryBytesMax), new Set(imports)));
  const component = splice(wrapper, core);
  return { component, hash: hashBytes(component), readings };
}

/** Starts what the first rebuild of a process waits for, so that it comes about beside other work. Nothing has to be awaited. */
export function prepareRebuild(memoryBytesMax: number): void {
  prepareSnapshot(loadTemplate(), memoryBytesMax);
}

/** The instances of `aria:host` that a tool with these tokens imports, sorted; `log` and `timer` always. */
export function importsOf(tokens: readonly string[]): string[] {
  const granted = tokens
    .map((token) => interfaceOfToken(parseToken(token).kind))
    .filter((found) => found !== undefined);
  return [...new Set(['log', 'timer', ...granted])].map((name) => `aria:host/${name}@0.1.0`).sort();
}
