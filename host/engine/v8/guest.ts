/** One instance of a component in a worker, and its turns. */
import { componentLimits } from '../../limits.ts';
import { memoryImport } from '../core-module.ts';
import { numberedImport } from './detached-module.ts';
import type { MemoryImage } from './memory-image.ts';
import type { MemoryPool } from './memory-pool.ts';
import { GuestFault, Recorder } from './recorder.ts';
import { checkTurn } from './turn-layout.ts';
import type { BeginArguments, OutcomeMessage, ResumeArguments, WorkerLimits } from './messages.ts';
import type { HostFunction } from '../host-functions.ts';

type CoreExports = Readonly<Record<string, unknown>>;
/** What jco's text gives: instantiates the core modules of a component around an import object. */
export type Instantiate = (
  takeBytes: Recorder['takeBytes'],
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: Record<string, unknown>,
  instantiateCore: (module: WebAssembly.Module, imports?: WebAssembly.Imports) => { readonly exports: CoreExports },
) => Readonly<Record<string, unknown>>;

/** A component as a worker holds it. */
export interface GuestComponent {
  readonly instantiate: Instantiate;
  readonly modules: ReadonlyMap<string, WebAssembly.Module>;
  readonly functions: readonly HostFunction[];
  /** Whether an instance may be made before a call asks for it: nothing of the guest runs then. */
  readonly spares: boolean;
  /** The name of the module that imports its memory. */
  readonly memoryModule: string;
  readonly memories: MemoryPool;
  /** What its module comes without, where it is a detached one. */
  readonly detached?: DetachedParts | undefined;
}

/** What a detached module gets on instantiation. */
export interface DetachedParts {
  readonly image: MemoryImage;
  /** The names of its imports, by their numbers. */
  readonly imports: readonly (readonly [module: string, name: string])[];
}

interface ToolExports {
  begin(call: { input: string; blobs: readonly Uint8Array[]; nowMs: number; seed: Uint8Array }): unknown;
  resume(ready: Int32Array, blobs: readonly Uint8Array[], nowMs: number): unknown;
}

type Allocator = (pointer: number, size: number, align: number, newSize: number) => number;

const toolInstance = 'aria:host/tool@0.1.0';
/** The guest's allocator, by the canonical ABI. */
const allocator = 'cabi_realloc';
const guardedExports: readonly string[] = [`${toolInstance}#begin`, `${toolInstance}#resume`];
/** Characters of an engine's error text that are passed on. */
const causeMax = 500;

/** A fresh instance. After a turn that ended in anything but `waiting` it is never entered again. */
export class Guest {
  readonly recorder: Recorder;
  readonly #tool: ToolExports;
  readonly #memories: MemoryPool;
  #memory: WebAssembly.Memory | undefined;
  #coreInstances = 0;
  #limits: WorkerLimits = [0, 0, 0, 0, 0];

  /** @throws what V8 throws where it cannot make the instance, or the guest's start function traps. */
  constructor(component: GuestComponent) {
    this.recorder = new Recorder(component.functions);
    this.#memories = component.memories;
    const memoryModule = moduleNamed(component, component.memoryModule);
    const exports = component.instantiate(
      this.recorder.takeBytes,
      (name) => moduleNamed(component, name),
      this.recorder.imports(),
      (module, imports) =>
        this.#instantiateCore(
          module,
          module === memoryModule ? this.#withMemory(imports, component.detached) : imports,
        ),
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

  #withMemory(imports: WebAssembly.Imports = {}, detached: DetachedParts | undefined): WebAssembly.Imports {
    // Twice the memory would be twice its maximum.
    if (this.#memory) throw instanceFault('the component instantiates the module with its memory twice');
    this.#memory = this.#memories.take();
    const memory = { [memoryImport.name]: this.#memory };
    if (!detached) return { ...imports, [memoryImport.module]: memory };
    detached.image.writeInto(this.#memory);
    const numbered: WebAssembly.ModuleImports = {};
    for (const [number, [module, name]] of detached.imports.entries()) {
      const value = imports[module]?.[name];
      if (value !== undefined) numbered[number] = value;
    }
    return { [numberedImport]: numbered, [memoryImport.module]: memory };
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
      const result = readTurn(enter(), this.#limits);
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
    this.#coreInstances += 1;
    if (this.#coreInstances > componentLimits.coreModulesMax)
      throw instanceFault(`the component has more than ${componentLimits.coreModulesMax} core instances`);
    const { exports } = new WebAssembly.Instance(module, imports);
    const guarded = guardedExports.filter((name) => typeof exports[name] === 'function');
    const allocate = exports[allocator];
    if (guarded.length === 0 && typeof allocate !== 'function') return { exports };
    const wrapped: Record<string, unknown> = { ...exports };
    if (typeof allocate === 'function') wrapped[allocator] = this.#guardAllocator(allocate as Allocator);
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

  /** A guest that cannot take what the host brings in has no other way to say so than to trap. */
  #guardAllocator(allocate: Allocator): Allocator {
    return (pointer, size, align, newSize) => {
      try {
        return allocate(pointer, size, align, newSize);
      } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError)) throw error;
        const message = `Cannot go on: the guest has no memory for ${newSize >>> 0} bytes that the host brings in`;
        throw this.recorder.fail(new GuestFault('MEMORY_EXCEEDED', message, 'memory'));
      }
    };
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

function instanceFault(reason: string): GuestFault {
  return new GuestFault('TOOL_TRAPPED', 'Cannot make an instance: it is not one that a tool has', reason);
}

/**
 * From jco's form of the WIT record `turn`. An embedded component is linked by its author: what it exports as the tool may be a function of another type,
 * and have passed no `checkTurn`.
 */
function readTurn(value: unknown, [outputBytesMax, , , blobsMax]: WorkerLimits): OutcomeAndBlobs {
  const { outcome, blobs } = fieldsOf(value);
  const { tag, val } = fieldsOf(outcome);
  if (!Array.isArray(blobs) || !blobs.every((blob): blob is Uint8Array => blob instanceof Uint8Array))
    throw malformedTurn('its blobs are no lists of bytes');
  let bytes = typeof val === 'string' ? val.length : 0;
  for (const { byteLength } of blobs) bytes += byteLength;
  if (bytes > outputBytesMax || blobs.length > blobsMax) {
    const message = `Cannot take the turn: it has ${blobs.length} blobs and ${bytes} bytes, of ${blobsMax} and ${outputBytesMax} that it may have`;
    throw new GuestFault('VALUE_TOO_LARGE', message, 'output');
  }
  if (tag === 'waiting') return { outcome: ['waiting'], blobs };
  if (tag === 'done') {
    if (typeof val !== 'string') throw malformedTurn('its output is no text');
    return { outcome: ['done', val], blobs };
  }
  if (tag !== 'failed') throw malformedTurn('its outcome is of an unknown kind');
  const { code, message, retryable, details, stack } = fieldsOf(val);
  if (typeof code !== 'string' || typeof message !== 'string' || typeof retryable !== 'boolean')
    throw malformedTurn('its error is of another form');
  return { outcome: ['failed', code, message, retryable, textOrNone(details), textOrNone(stack)], blobs };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw malformedTurn('it is no record');
  return value as Readonly<Record<string, unknown>>;
}

function textOrNone(value: unknown): string | undefined {
  if (value !== undefined && typeof value !== 'string') throw malformedTurn('its error is of another form');
  return value;
}

function malformedTurn(reason: string): GuestFault {
  return new GuestFault('TOOL_TRAPPED', 'Cannot finish the turn: what the guest returned is no turn', reason);
}
