/**
 * Runs calls of active versions. A tool is loaded with its first call and let go when nobody has called it for a while, so that a bundle that
 * nobody calls costs no memory of the engine.
 *
 * Invariants:
 * - a call holds its tool from the moment it is asked for until its outcome: what it holds is never let go under it;
 * - a version that retires takes no call down: calls that it has run to their ends, a call that still comes for it loads it anew;
 * - calls that come while their tool is loaded wait for the one load; a load that failed is forgotten, and the next call tries again.
 */
import type { Clock } from '#host';
import type { Bundle } from '#wit/bundle';
import { CodedError } from '#wit/errors';
import type { CallOutcome, ToolCall, ToolRunner } from '#wit/interfaces';
import type { ManifestTool } from '#wit/manifest';
import type { Programs } from '../service/ports.ts';
import { cancelledWhileLoading, lateWhileLoading, noSuchTool, prepareCancelled, programsClosed } from './errors.ts';
import { programLimits } from './limits.ts';
import { LoadedTool } from './loaded-tool.ts';
import { type BundleContent, withOneTool } from './one-tool.ts';

/** Loads tools where they are placed. */
export interface ToolLoader {
  /** `hash`: of the version that the content is of; absent where it is being prepared. `substrate`: where it is placed. The caller disposes of the runner. @throws {CodedError} as `Host.load`. */
  load(content: BundleContent, options: LoadedWhere): Promise<ToolRunner>;
}

/** What is loaded, and where. */
interface LoadedWhere {
  readonly hash?: string;
  readonly substrate?: Target['substrate'];
  readonly signal?: AbortSignal;
}

/** What calls run on. The host stays its owner's. */
export interface ProgramsOptions {
  readonly host: ToolLoader;
  /** A version's manifest and at least the files of one tool, every byte verified. @throws {CodedError} `BUNDLE_QUARANTINED`. */
  readonly open: (hash: string, tool: string) => Promise<BundleContent>;
  readonly clock: Clock;
  /** See `programLimits`. */
  readonly idleMs?: number;
  readonly loadedMax?: number;
}

/** Programs, with what status and metrics ask beside the service. */
export interface LoadingPrograms extends Programs {
  /** Tools that are in memory or on their way there. */
  readonly loaded: number;
}

/** Creates the programs of a host. Leaving the scope cancels what runs. */
export function createPrograms(options: ProgramsOptions): LoadingPrograms {
  return new LazyPrograms(options);
}

type Target = Parameters<Programs['run']>[0];

class LazyPrograms implements LoadingPrograms {
  readonly #host: ToolLoader;
  readonly #open: ProgramsOptions['open'];
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #loadedMax: number;
  /** The one that was called longest ago first. */
  readonly #tools = new Map<string, LoadedTool>();
  readonly #leaving = new Set<LoadedTool>();
  /** How many tools are being loaded of a version. */
  readonly #opening = new Map<string, number>();
  readonly #preparing = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #looking: Promise<void> | undefined;

  constructor({ host, open, clock, idleMs, loadedMax }: ProgramsOptions) {
    this.#host = host;
    this.#open = open;
    this.#clock = clock;
    this.#idleMs = idleMs ?? programLimits.idleMs;
    this.#loadedMax = loadedMax ?? programLimits.loadedMax;
  }

  get loaded(): number {
    return this.#tools.size + this.#leaving.size;
  }

  async prepare(bundle: Bundle, signal?: AbortSignal): Promise<void> {
    const { signal: closing } = this.#closing;
    const preparing = this.#prepareAll(bundle, signal ? AbortSignal.any([signal, closing]) : closing);
    this.#preparing.add(preparing);
    try {
      await preparing;
    } finally {
      this.#preparing.delete(preparing);
    }
  }

  async run(target: Target, call: ToolCall, signal?: AbortSignal): Promise<CallOutcome> {
    if (this.#closing.signal.aborted) return refused(programsClosed(), 0);
    const tool = this.#toolOf(target);
    tool.hold();
    this.#makeRoom();
    try {
      return await this.#runOn(tool, { ...call, tool: target.tool }, signal);
    } finally {
      tool.letGo();
      this.#makeRoom();
    }
  }

  held(): ReadonlySet<string> {
    const held = new Set(this.#opening.keys());
    for (const tool of [...this.#tools.values(), ...this.#leaving]) if (tool.holds > 0) held.add(tool.hash);
    return held;
  }

  async retire(hash: string): Promise<void> {
    const retired = [...this.#tools.values()].filter((tool) => tool.hash === hash);
    await Promise.all(retired.map((tool) => this.#letLeave(tool)));
    const leaving = [...this.#leaving].filter((tool) => tool.hash === hash);
    await Promise.all(leaving.map((tool) => tool.leave()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all(Array.from([...this.#tools.values(), ...this.#leaving], (tool) => tool.end()));
    await Promise.allSettled(this.#preparing);
    this.#tools.clear();
    await this.#looking;
  }

  /** A few side by side; the first fault ends it when those beside it are done. */
  async #prepareAll(bundle: Bundle, signal: AbortSignal): Promise<void> {
    const left = bundle.manifest.tools.values();
    const faults: unknown[] = [];
    const prepareRest = async (): Promise<void> => {
      for (const tool of left) {
        if (faults.length > 0) return;
        await this.#prepareTool(bundle, tool, signal).catch((thrown: unknown) => faults.push(thrown));
      }
    };
    await Promise.all(Array.from({ length: programLimits.preparedAtOnce }, prepareRest));
    if (faults.length > 0) throw faults[0];
  }

  /** Loaded and let go at once: what stays is what the engine keeps on disk. */
  async #prepareTool(bundle: BundleContent, tool: ManifestTool, signal: AbortSignal): Promise<void> {
    // A container takes the source as it is.
    if (tool.substrate === 'container') return;
    if (signal.aborted) throw prepareCancelled(`${bundle.manifest.name}@${bundle.manifest.version}`);
    const runner = await this.#host.load(withOneTool(bundle, tool), { signal });
    await runner[Symbol.asyncDispose]();
  }

  /** The loaded tool, or one that begins to load. */
  #toolOf({ hash, tool: name, substrate }: Target): LoadedTool {
    const key = `${substrate ?? 'wasm'}/${hash}/${name}`;
    const known = this.#tools.get(key);
    if (known) {
      this.#tools.delete(key);
      this.#tools.set(key, known);
      return known;
    }
    const tool = new LoadedTool({ hash, key }, this.#load(hash, name, substrate));
    this.#tools.set(key, tool);
    tool.loading.catch(() => {
      if (this.#tools.get(key) === tool) this.#tools.delete(key);
    });
    this.#look();
    return tool;
  }

  async #load(hash: string, name: string, substrate: Target['substrate']): Promise<ToolRunner> {
    this.#opening.set(hash, (this.#opening.get(hash) ?? 0) + 1);
    try {
      const content = await this.#open(hash, name);
      const { manifest } = content;
      const tool = manifest.tools.find((one) => one.name === name);
      if (!tool) throw noSuchTool(name, `${manifest.name}@${manifest.version}`);
      const where = { hash, signal: this.#closing.signal, ...(substrate && { substrate }) };
      return await this.#host.load(withOneTool(content, tool), where);
    } finally {
      const others = (this.#opening.get(hash) ?? 1) - 1;
      if (others > 0) this.#opening.set(hash, others);
      else this.#opening.delete(hash);
    }
  }

  async #runOn(tool: LoadedTool, call: ToolCall, signal: AbortSignal | undefined): Promise<CallOutcome> {
    if (tool.runner) return tool.runner.run(call, signal);
    const startedMs = this.#clock.nowMs();
    const passedMs = (): number => Math.max(0, this.#clock.nowMs() - startedMs);
    try {
      const runner = await this.#whenLoaded(tool, call, signal);
      if (this.#closing.signal.aborted) throw programsClosed();
      const { timeoutMs } = call;
      const left = timeoutMs === undefined ? {} : { timeoutMs: Math.max(1, timeoutMs - passedMs()) };
      return await runner.run({ ...call, ...left }, signal);
    } catch (thrown) {
      if (!(thrown instanceof CodedError) || thrown.code === 'INTERNAL') throw thrown;
      return refused(this.#closing.signal.aborted ? programsClosed() : thrown, passedMs());
    }
  }

  /** The runner, unless the caller's time or patience ends before: loading goes on for the others. */
  async #whenLoaded(
    tool: LoadedTool,
    { tool: name, timeoutMs }: ToolCall,
    signal: AbortSignal | undefined,
  ): Promise<ToolRunner> {
    if (timeoutMs === undefined && !signal) return tool.loading;
    const over = new AbortController();
    const { promise: given, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(cancelledWhileLoading(name));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    if (timeoutMs !== undefined)
      void this.#clock.sleep(Math.min(timeoutMs, sleepMsMax), over.signal).then(() => {
        if (!over.signal.aborted) reject(lateWhileLoading(name, timeoutMs));
      });
    try {
      return await Promise.race([tool.loading, given]);
    } finally {
      over.abort();
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Lets those go that nobody runs on, the one that was called longest ago first. */
  #makeRoom(): void {
    let beyond = this.#tools.size - this.#loadedMax;
    if (beyond <= 0) return;
    for (const tool of [...this.#tools.values()]) {
      if (beyond <= 0) return;
      if (tool.holds > 0) continue;
      beyond -= 1;
      void this.#letLeave(tool);
    }
  }

  async #letLeave(tool: LoadedTool): Promise<void> {
    if (this.#tools.get(tool.key) === tool) this.#tools.delete(tool.key);
    this.#leaving.add(tool);
    try {
      await tool.leave();
    } finally {
      this.#leaving.delete(tool);
    }
  }

  /** Looks for idle tools as long as there are any. Looks are counted, not times compared: a clock that is set back or forth changes nothing. */
  #look(): void {
    this.#looking ??= this.#lookWhileLoaded().finally(() => (this.#looking = undefined));
  }

  async #lookWhileLoaded(): Promise<void> {
    const { looksPerIdle } = programLimits;
    const everyMs = Math.max(1, Math.ceil(this.#idleMs / looksPerIdle));
    while (this.#tools.size > 0 && !this.#closing.signal.aborted) {
      await this.#clock.sleep(Math.min(everyMs, sleepMsMax), this.#closing.signal);
      for (const tool of [...this.#tools.values()]) {
        if (tool.holds > 0) continue;
        tool.looks += 1;
        if (tool.looks > looksPerIdle) void this.#letLeave(tool);
      }
    }
  }
}

/** By `Clock.sleep`. */
const sleepMsMax = 2_147_483_647;

function refused({ wire: error }: CodedError, wallMs: number): CallOutcome {
  const usage = { wallMs, computeMs: 0, memoryBytesPeak: 0, turns: 0, operations: 0 };
  return { kind: 'failed', error, stack: undefined, logs: [], logBytesDropped: 0, usage };
}
