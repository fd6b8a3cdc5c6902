/**
 * What runs a component: V8 through jco, wasmtime. Engines only know the ABI; tokens, limits of values and audit are behind `Operations`.
 *
 * Invariants that every engine keeps (the conformance table `Engine` checks them):
 * - an instance serves one call and is dropped after it;
 * - operations and clears of a turn are reported with that turn, and not at all if it traps, overruns or is aborted;
 * - the same call with the same completions in the same order gives the same turns.
 */
import type { ErrorCode } from '#wit/errors';
import type { OperationName } from '#wit/host-types';
import type { Caller } from './operations.ts';

/** What `begin` takes. */
export interface CallStart {
  /** Who calls: what runs operations on the guest's behalf beside its turns. */
  readonly caller?: Caller;
  /** JSON; blobs as `{"$blob": n}`. */
  readonly input: string;
  readonly blobs: readonly Uint8Array[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** 32 bytes. */
  readonly seed: Uint8Array;
}

/** An operation that a turn has started. */
export interface StartedOperation {
  /** 1 or more, never used twice in one call. */
  readonly id: number;
  /** Interface and function, as `kv.get`. */
  readonly name: OperationName;
  /** WIT values in jco's conventions; a blob is its index in the turn's blobs. */
  readonly args: readonly unknown[];
}

/** What an operation came to. */
export type Completion =
  /** `value` by the WIT type; bytes stand as `Uint8Array` and are numbered by the engine. */
  | { readonly kind: 'ok'; readonly value: unknown }
  /** A case of the interface's error variant. */
  | { readonly kind: 'failed'; readonly error: { readonly tag: string; readonly val?: unknown } };

/** A completion on its way to `resume`. */
export interface ReadyOperation {
  readonly id: number;
  readonly completion: Completion;
}

/** A line written with `log.write`. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  /** A JSON object. */
  readonly fields: string | undefined;
}

/** The error that a guest returned. */
export interface GuestError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** JSON. */
  readonly details: string | undefined;
  /** In positions of the bundled source. */
  readonly stack: string | undefined;
}

/** What a turn came to. After anything but `waiting` the instance is gone. */
export type TurnOutcome =
  | { readonly kind: 'done'; readonly output: string }
  | { readonly kind: 'failed'; readonly error: GuestError }
  | { readonly kind: 'waiting' }
  /** The engine ended the instance: a trap, a deadline, a limit. `cause`: the engine's own words. */
  | { readonly kind: 'ended'; readonly code: ErrorCode; readonly message: string; readonly cause: string };

/** One turn. */
export interface Turn {
  readonly outcome: TurnOutcome;
  readonly blobs: readonly Uint8Array[];
  readonly operations: readonly StartedOperation[];
  /** Ids of open operations that the guest gave up in this turn (`clear`, `abort`). */
  readonly abandoned: readonly number[];
  readonly logs: readonly LogLine[];
  /** Log bytes that were dropped because the call had written its maximum. */
  readonly logBytesDropped: number;
  /** Compute time of this turn. */
  readonly computeMs: number;
  /** The instance's linear memory after the turn. */
  readonly memoryBytes: number;
}

/** Limits of one call that the engine itself enforces. */
export interface EngineLimits {
  /** Linear memory of the instance, a multiple of 64 KiB. */
  readonly memoryBytesMax: number;
  /** Compute time of all turns together. */
  readonly computeMsMax: number;
  /** Output JSON, and the blobs of one turn, together. */
  readonly outputBytesMax: number;
  /** Log lines of the whole call. */
  readonly logBytesMax: number;
  /** Operations open at the same time. */
  readonly operationsOpenMax: number;
  /** Instructions of all turns together, where the engine counts them; no maximum where absent. */
  readonly fuelMax?: number;
}

/** A call on its own instance. `begin` once, then `resume` while the outcome is `waiting`; never two at the same time. */
export interface EngineCall extends Disposable {
  begin(call: CallStart): Turn | Promise<Turn>;
  /** Unknown and repeated ids are ignored. */
  resume(ready: readonly ReadyOperation[], nowMs: number): Turn | Promise<Turn>;
  /**
   * Only of a guest that also goes on by itself, as a process in a container does: `listener` is called when it has something to say although nothing is ready for it. It is then
   * resumed with what is ready, which may be nothing.
   */
  onStir?(listener: () => void): void;
  /** Drops the instance; a turn that still runs is aborted and ends as `CANCELLED`. Idempotent. */
  [Symbol.dispose](): void;
}

/** A component that is ready to be called. */
export interface LoadedComponent extends Disposable {
  /** Instances of `aria:host` that it imports, as `aria:host/kv@0.1.0`, sorted. */
  readonly imports: readonly string[];
  /**
   * Opens a call in a fresh instance. `busy`: how many calls its caller runs just now, this one included, for an engine that spreads them over threads.
   * `session`: calls that share it may share a container, where the engine has containers.
   */
  open(limits: EngineLimits, busy?: number, session?: string): EngineCall;
}

/** A component by a name that no other one has: an engine that has compiled it before does not ask for its bytes. */
export interface ComponentReference {
  /** Made of hashes: equal keys mean equal bytes. */
  readonly key: string;
  /** The bytes, whose hash their giver has compared. May be asked for more than once, also later. */
  bytes(): Promise<Uint8Array>;
}

/** One way to run components. */
export interface Engine extends AsyncDisposable {
  readonly name: 'v8' | 'wasmtime';
  /**
   * Does ahead what `load` would wait for, as at install; gives the component back.
   * @throws {CodedError} `COMPONENT_INVALID` where the bytes are no component of the tool ABI.
   */
  compile(component: Uint8Array): Promise<Uint8Array>;
  /** Loads a component; equal ones are compiled once. @throws {CodedError} as `compile`, and what `bytes` throws. */
  load(component: Uint8Array | ComponentReference): Promise<LoadedComponent>;
}
