/**
 * The TypeScript mirror of `host/native`: what the two libraries export, in the same order. Nothing is checked or defaulted on the other side.
 *
 * A turn crosses in two ways. Numbers travel in one `Float64Array` that both sides hold, since making numbers of JavaScript costs more than
 * the rest; everything else is the arguments and the result of the call. `numberOf` says what stands where.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { HostFunction } from '../host-functions.ts';

/** What compiled code depends on. */
export interface CodeSettings {
  /** Address space of a linear memory: 4 GiB leaves out bounds checks. */
  readonly memoryReservationBytes: number;
  /** Unmapped bytes behind it. */
  readonly memoryGuardBytes: number;
  /** Whether instructions are counted. */
  readonly fuel: boolean;
}

/** Which code a library makes or runs. */
export interface Identity {
  readonly wasmtime: string;
  /** As in `x86_64-linux`. */
  readonly target: string;
  /** What the compiler may use of this processor, comma-separated. */
  readonly cpuFeatures: string;
}

/** The pool of instances. */
export interface PoolSettings {
  readonly instances: number;
  readonly coreInstancesPerComponent: number;
  readonly tablesPerComponent: number;
  readonly tables: number;
  readonly tableElements: number;
  readonly memoryBytesMax: number;
  readonly memoryKeepResidentBytes: number;
  readonly tableKeepResidentBytes: number;
  readonly warmSlots: number;
  readonly decommitBatch: number;
}

/** Settings of an engine. */
export interface EngineSettings {
  readonly code: CodeSettings;
  /** None: each instance is allocated on demand. */
  readonly pool?: PoolSettings | undefined;
  readonly workers: number;
}

/** Figures of the pool and the calls; those of the pool are 0 where there is none. */
export interface EngineFigures {
  readonly instances: number;
  readonly memories: number;
  readonly stacks: number;
  readonly suspended: number;
  readonly onWorkers: number;
}

/** Where numbers stand: first what a turn takes, then what it gives. */
export const numberOf = {
  nowMs: 0,
  memoryBytesMax: 1,
  computeMsMax: 2,
  outputBytesMax: 3,
  blobsMax: 4,
  argumentBytesMax: 5,
  logBytesMax: 6,
  logLinesMax: 7,
  operationsOpenMax: 8,
  fuelMax: 9,
  tableElementsMax: 10,
  tablesMax: 11,
  coreInstancesMax: 12,
  kind: 16,
  /** Of the whole call so far. */
  computeMs: 17,
  memoryBytes: 18,
  logBytesDropped: 19,
  call: 20,
  rich: 21,
  count: 22,
} as const;

/** `numbers[numberOf.kind]`. */
export const kindOfTurn = { done: 0, failed: 1, waiting: 2, ended: 3, moved: 4, none: 5 } as const;

/** `numbers[numberOf.rich]`. */
export const richness = { outcome: 0, everything: 1, operations: 2 } as const;

/**
 * What a turn gives, by `rich`. `everything`: its outcome, blobs, operations `[id, number of the host function, number of arguments, arguments…, …]`, ids that
 * were given up, log lines `[level, message, fields, …]`. `operations`: these alone, of a turn that waits. `outcome`: its outcome alone, which by kind
 * is: the output; code, message, retryable, details and stack; nothing; code, message and cause.
 */
export type NativeTurn = unknown;

/** An engine. Everything is called on one thread; its owner calls `close`. */
export interface NativeEngine {
  /** Loads a compiled core module, whose file has been authenticated; gives its number. */
  loadModule(path: string): number;
  /** Loads a compiled component, whose file has been authenticated; gives its number. `hasStart`: whether instantiation runs code of the guest. */
  load(path: string, module: number | undefined, hasStart: boolean): number;
  /** What a tool imports, sorted. */
  importsOf(tool: number): string[];
  /** Makes an instance and drops it. Throws where this machine cannot. */
  probe(tool: number): void;
  /** Forgets a tool or a module; calls that run keep it. */
  unload(number: number): void;
  /** Begins a call, whose number is the caller's. */
  begin(
    call: number,
    tool: number,
    input: string,
    blobs: readonly Uint8Array[] | undefined,
    seed: Uint8Array,
    onWorker: boolean,
  ): NativeTurn;
  /** Goes on with a call that waits. `ready`: `[id, ok, value, …]`, with blobs as indexes; unknown and repeated ids are ignored. */
  resume(
    call: number,
    ready: readonly unknown[],
    blobs: readonly Uint8Array[] | undefined,
    onWorker: boolean,
  ): NativeTurn;
  /** The next turn that has ended on a worker, with `call`; the kind is `none` where there is no more. */
  nextFinished(): NativeTurn;
  /** Drops a call at any moment. A turn on a worker ends at its next tick. */
  dropCall(call: number): void;
  figures(): EngineFigures;
  /** Turns that no worker has taken yet. */
  waitingForWorkers(): number;
  /** Clears the instance of a call that is over, which was put off until now. */
  tidy(): void;
  close(): void;
}

/** The library that runs code. */
export interface EngineLibrary {
  describe(): Identity;
  /** Keyed BLAKE3 over the name and the content of the file, 32 bytes. `key`: 32 bytes. */
  authenticate(path: string, name: string, key: Uint8Array): Buffer;
  readonly Engine: new (
    settings: EngineSettings,
    functions: readonly HostFunction[],
    numbers: Float64Array,
    finished: () => void,
  ) => NativeEngine;
}

const engineFile = fileURLToPath(new URL('../../native/out/engine.node', import.meta.url));
/** Only ever loaded by the child that compiles. */
export const compilerFile = fileURLToPath(new URL('../../native/out/compiler.node', import.meta.url));

/** Whether the native engine has been built here: "npm run build:native". */
export function wasmtimeAvailable(): boolean {
  return existsSync(engineFile) && existsSync(compilerFile);
}

let library: EngineLibrary | undefined;

/** The library that runs code, loaded with its first use. @throws what Node throws where it does not load. */
export function engineLibrary(): EngineLibrary {
  library ??= createRequire(import.meta.url)(engineFile) as EngineLibrary;
  return library;
}
