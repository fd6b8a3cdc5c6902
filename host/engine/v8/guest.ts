/** One instance of a component in a worker, and its turns. */
import { memoryImport } from './core-module.ts';
import type { MemoryPool } from './memory-pool.ts';
import { GuestFault, Recorder } from './recorder.ts';
import { checkTurn } from './turn-layout.ts';
import type { BeginArguments, ImportedFunction, OutcomeMessage, ResumeArguments, WorkerLimits } from './messages.ts';

type CoreExports = Readonly<Record<string, unknown>>;
/** What jco's text gives: instantiates the core modules of a component around an import object. */
export type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: Record<string, unknown>,
  instantiateCore: (module: WebAssembly.Module, imports?: WebAssembly.Imports) => { readonly exports: CoreExports },
) => Readonly<Record<string, unknown>>;

/** A component as a worker holds it. */
export interface GuestComponent {
  readonly instantiate: Instantiate;
  readonly modules: ReadonlyMap<string, WebAssembly.Module>;
  readonly functions: readonly ImportedFunction[];
  /** Whether an instance may be made before a call asks for it: nothing of the guest runs then. */
  readonly spares: boolean;
  /** The name of the module that imports its memory. */
  readonly memoryModule: string;
  readonly memories: MemoryPool;
}

interface ToolExports {
  begin(call: { input: string; blobs: readonly Uint8Array[]; nowMs: number; seed: Uint8Array }): unknown;
  resume(ready: Int32Array, blobs: readonly Uint8Array[], nowMs: number): unknown;
}

const toolInstance = 'aria:host/tool@0.1.0';
const guardedExports: readonly string[] = [`${toolInstance}#begin`, `${toolInstance}#resume`];
/** Characters of an engine's error text that are passed on. */
const causeMax = 500;

/** A fresh instance. After a turn that ended in anything but `waiting` it is never entered again. */
export class Guest {
  readonly recorder: Recorder;
  readonly #tool: ToolExports;
  readonly #memories: MemoryPool;
  #memory: WebAssembly.Memory | undefined;
  #limits: WorkerLimits = [0, 0, 0, 0, 0];

  /** @throws what V8 throws where it cannot make the instance, or the guest's start function traps. */
  constructor(component: GuestComponent) {
    this.recorder = new Recorder(component.functions);
    this.#memories = component.memories;
    const memoryModule = moduleNamed(component, component.memoryModule);
    const exports = component.instantiate(
      (name) => moduleNamed(component, name),
      this.recorder.imports(),
      (module, imports) => this.#instantiateCore(module, module === memoryModule ? this.#withMemory(imports) : imports),
    );
    this.#tool = exports[toolInstance] as ToolExports;
  }

  get memoryBytes(): number {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  /** Gives the memory back. The instance is never entered again. Idempotent. */
  [Symbol.dispose](): void {
    if (this.#memory) this.#memories.give(this.#memory);
    this.#memory = undefined;
  }

  #withMemory(imports: WebAssembly.Imports | undefined): WebAssembly.Imports {
    this.#memory = this.#memories.take();
    return { ...imports, [memoryImport.module]: { [memoryImport.name]: this.#memory } };
  }

  begin([input, blobs, nowMs, seed]: BeginArguments, limits: WorkerLimits): OutcomeAndBlobs {
    this.#limits = limits;
    this.recorder.limit(limits);
    return this.#turn(() => this.#tool.begin({ input, blobs, nowMs, seed }));
  }

  resume([ready, blobs, nowMs]: ResumeArguments): OutcomeAndBlobs {
    this.recorder.deliver(ready);
    return this.#turn(() =>
      this.#tool.resume(
        Int32Array.from(ready, ([id]) => id),
        blobs,
        nowMs,
      ),
    );
  }

  #turn(enter: () => unknown): OutcomeAndBlobs {
    try {
      const result = readTurn(enter());
      return this.recorder.fault ? { outcome: endedBy(this.recorder.fault), blobs: [] } : result;
    } catch (error) {
      return { outcome: endedBy(this.recorder.fault ?? error), blobs: [] };
    }
  }

  /** Puts a check between the guest's result and jco's lifting of it. */
  #instantiateCore(
    module: WebAssembly.Module,
    imports: WebAssembly.Imports | undefined,
  ): { readonly exports: CoreExports } {
    const { exports } = new WebAssembly.Instance(module, imports);
    const guarded = guardedExports.filter((name) => typeof exports[name] === 'function');
    if (guarded.length === 0) return { exports };
    const wrapped: Record<string, unknown> = { ...exports };
    for (const name of guarded) {
      const enter = exports[name] as (...args: unknown[]) => number;
      wrapped[name] = (...args: unknown[]): number => {
        const pointer = enter(...args) >>> 0;
        if (this.#memory) checkTurn(this.#memory.buffer, pointer, this.#limits);
        return pointer;
      };
    }
    return { exports: wrapped };
  }
}

/** What a turn came to. */
export interface OutcomeAndBlobs {
  readonly outcome: OutcomeMessage;
  readonly blobs: readonly Uint8Array[];
}

/** Why a guest ended, from what was thrown. */
export function endedBy(error: unknown): OutcomeMessage {
  if (error instanceof GuestFault) return ['ended', error.code, error.message, error.reason];
  const cause = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, causeMax);
  if (error instanceof RangeError && /could not allocate memory|Out of memory/i.test(error.message)) {
    return ['ended', 'UNAVAILABLE', 'Cannot make an instance: the host has no memory for it', cause];
  }
  return ['ended', 'TOOL_TRAPPED', 'Cannot finish the turn: the guest trapped', cause];
}

function moduleNamed(component: GuestComponent, name: string): WebAssembly.Module {
  const module = component.modules.get(name);
  if (!module) throw new Error(`the glue asks for the unknown core module "${name}"`);
  return module;
}

/** From jco's form of the WIT record `turn`. */
function readTurn(value: unknown): OutcomeAndBlobs {
  const { outcome, blobs } = value as { outcome: { tag: string; val?: unknown }; blobs: Uint8Array[] };
  if (outcome.tag === 'done') return { outcome: ['done', outcome.val as string], blobs };
  if (outcome.tag === 'waiting') return { outcome: ['waiting'], blobs };
  const error = outcome.val as { code: string; message: string; retryable: boolean; details?: string; stack?: string };
  return { outcome: ['failed', error.code, error.message, error.retryable, error.details, error.stack], blobs };
}
