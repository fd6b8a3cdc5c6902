/** Runs calls of the tools of one bundle, in fresh instances. */
import type { Manifest } from '#wit/manifest';
import type { CallOutcome, Engine, Operations, ToolCall, ToolRunner } from '#wit/interfaces';
import type { WireError } from '#wit/errors';
import { type Clock, systemClock } from '../clock.ts';
import { closed, toolNotFound } from '../errors.ts';
import { callLimits } from '../limits.ts';
import { CallRun, type RunLimits, type RunSetting } from './call-run.ts';
import { type ToolComponent, type ToolProgram, loadProgram } from './tool-program.ts';

/** What a runner is made of. Engine and operations stay their owner's. */
export interface ToolRunnerOptions {
  readonly manifest: Manifest;
  /** The files of the bundle, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The components of the tools that are to be called. */
  readonly components: readonly ToolComponent[];
  readonly engine: Engine;
  readonly operations: Operations;
  /** 32 random bytes, for a call without a seed. */
  readonly random: () => Uint8Array;
  readonly clock?: Clock;
  readonly limits?: Partial<RunLimits>;
}

/**
 * Creates a runner.
 * @throws {CodedError} `COMPONENT_MISMATCH`, `COMPONENT_IMPORTS_EXCEEDED`, `COMPONENT_INVALID`, `BUNDLE_MANIFEST_INVALID`; nothing is kept then.
 */
export async function createToolRunner(options: ToolRunnerOptions): Promise<ToolRunner> {
  const { manifest, files, components, engine, operations, random, clock = systemClock, limits } = options;
  const programs = new Map<string, ToolProgram>();
  try {
    for (const component of components)
      programs.set(component.tool, await loadProgram({ manifest, files, component, engine }));
  } catch (error) {
    for (const { tool, component } of components) if (!('loaded' in component)) programs.get(tool)?.[Symbol.dispose]();
    throw error;
  }
  const setting: RunSetting = {
    operations,
    clock,
    limits: { ...callLimits, ...limits },
    bundle: `${manifest.name}@${manifest.version}`,
    busy: () => runner.running,
  };
  const runner = new BundleRunner(programs, setting, random);
  return runner;
}

/** Leaving the scope cancels the calls that run. */
class BundleRunner implements ToolRunner {
  readonly #programs: ReadonlyMap<string, ToolProgram>;
  readonly #setting: RunSetting;
  readonly #random: () => Uint8Array;
  readonly #running = new Map<CallRun, Promise<CallOutcome>>();
  #closed = false;

  constructor(programs: ReadonlyMap<string, ToolProgram>, setting: RunSetting, random: () => Uint8Array) {
    this.#programs = programs;
    this.#setting = setting;
    this.#random = random;
  }

  /** Calls that run, the one that begins included. */
  get running(): number {
    return this.#running.size + 1;
  }

  async run(call: ToolCall, signal?: AbortSignal): Promise<CallOutcome> {
    if (this.#closed) return refused(closed('runner').wire);
    const program = this.#programs.get(call.tool);
    if (!program) return refused(toolNotFound(call.tool, [...this.#programs.keys()]).wire);
    const run = new CallRun(program, this.#setting, { ...call, seed: call.seed ?? this.#random() });
    const outcome = run.run(signal);
    this.#running.set(run, outcome);
    try {
      return await outcome;
    } finally {
      this.#running.delete(run);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const run of this.#running.keys()) run.cancel();
    await Promise.allSettled(this.#running.values());
    for (const program of this.#programs.values()) program[Symbol.dispose]();
  }
}

const noUsage = { wallMs: 0, computeMs: 0, memoryBytesPeak: 0, turns: 0, operations: 0 } as const;

function refused(error: WireError): CallOutcome {
  return { kind: 'failed', error, stack: undefined, logs: [], logBytesDropped: 0, usage: noUsage };
}
