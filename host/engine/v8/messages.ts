/** What the engine and its workers say to each other. Arrays: they are cloned twice as fast as objects. */
import type { HostFunction } from '../host-functions.ts';
import type { ImageMessage } from './memory-image.ts';

/** What a worker starts with. */
export interface WorkerStart {
  readonly functions: readonly HostFunction[];
  readonly sparesMax: number;
  /** See `TurnClock`. */
  readonly clock: SharedArrayBuffer;
}

/** Limits of a call that a worker enforces itself. */
export type WorkerLimits = readonly [
  outputBytesMax: number,
  logBytesMax: number,
  operationsOpenMax: number,
  blobsMax: number,
  argumentBytesMax: number,
];

/** `[id, ok, value]`: the value, or the case of the error; bytes are already indexes of the blobs beside. */
export type ReadyMessage = readonly [id: number, ok: boolean, value: unknown];
/** A recorded `begin`. */
export type BeginArguments = readonly [input: string, blobs: readonly Uint8Array[], nowMs: number, seed: Uint8Array];
/** A recorded `resume`. */
export type ResumeArguments = readonly [ready: readonly ReadyMessage[], blobs: readonly Uint8Array[], nowMs: number];

/** Loads a component: its glue, its compiled modules by name, whether spares may be made of it, its memory. */
export type LoadMessage = readonly [
  kind: 'load',
  component: number,
  glue: string,
  modules: readonly (readonly [name: string, module: WebAssembly.Module])[],
  spares: boolean,
  memory: MemoryMessage,
];
/** The module that imports its memory, and what that memory is; where the module is a detached one, what it comes to it with. */
export type MemoryMessage = readonly [module: string, pagesMin: number, pagesMax: number, detached?: DetachedMessage];
/** What a detached module lost: its data, and the names of its imports by their numbers. */
export type DetachedMessage = readonly [
  image: ImageMessage,
  imports: readonly (readonly [module: string, name: string])[],
];
/** Forgets a component. */
export type UnloadMessage = readonly [kind: 'unload', component: number];
/** Begins a call in a fresh instance. */
export type BeginMessage = readonly [
  kind: 'begin',
  turn: number,
  call: number,
  component: number,
  limits: WorkerLimits,
  begin: BeginArguments,
];
/** Goes on with a call whose instance the worker holds. */
export type ResumeMessage = readonly [kind: 'resume', turn: number, call: number, resume: ResumeArguments];
/** Runs a call's recorded turns again, compares what each started (`signatures`), and then runs the last. */
export type RebuildMessage = readonly [
  kind: 'rebuild',
  turn: number,
  call: number,
  component: number,
  limits: WorkerLimits,
  begin: BeginArguments,
  resumes: readonly ResumeArguments[],
  signatures: readonly string[],
];
/** Drops the instance of a call. */
export type DropMessage = readonly [kind: 'drop', call: number];
/** What a worker is sent. */
export type ToWorker = LoadMessage | UnloadMessage | BeginMessage | ResumeMessage | RebuildMessage | DropMessage;

/** An operation: `[id, number of the function, arguments]`. */
export type OperationMessage = readonly [id: number, function_: number, args: readonly unknown[]];
/** A line: level, message, fields as JSON. */
export type LogMessage = readonly [level: string, message: string, fields: string | undefined];
/** How a turn ended; see `TurnOutcome`. */
export type OutcomeMessage =
  | readonly [kind: 'done', output: string]
  | readonly [
      kind: 'failed',
      code: string,
      message: string,
      retryable: boolean,
      details: string | undefined,
      stack: string | undefined,
    ]
  | readonly [kind: 'waiting']
  | readonly [kind: 'ended', code: EndCode, message: string, cause: string];
/** Why a worker ends a call. */
export type EndCode = 'TOOL_TRAPPED' | 'VALUE_TOO_LARGE' | 'OPERATIONS_EXCEEDED' | 'MEMORY_EXCEEDED' | 'UNAVAILABLE';

/** A turn that has ended. */
export type TurnMessage = readonly [
  turn: number,
  outcome: OutcomeMessage,
  blobs: readonly Uint8Array[],
  operations: readonly OperationMessage[],
  abandoned: readonly number[],
  logs: readonly LogMessage[],
  logBytesDropped: number,
  computeMs: number,
  memoryBytes: number,
];
/** `ready` comes once, when a worker has started. */
export type FromWorker = 'ready' | TurnMessage;

/** What a turn started, as text: a rebuilt call must start the same. */
export function signatureOf(operations: readonly OperationMessage[], abandoned: readonly number[]): string {
  return `${operations.map(([id, name]) => `${id}:${name}`).join()};${abandoned.join()}`;
}
