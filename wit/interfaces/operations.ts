/** What runs the operations of a call: token check, limits, audit and effect class are written once, behind `run`. */
import type { OperationName } from '#wit/host-types';
import type { Token } from '#wit/tokens';
import type { Completion } from './engine.ts';
import type { CallObserver, CallerOnPath } from './tool-runner.ts';

/** How an operation behaves when it is repeated. */
export type EffectClass = 'pure' | 'idempotent' | 'transactional' | 'at-most-once';

/** On whose behalf an operation runs. */
export interface Caller {
  readonly callId: string;
  /** `name@version` of the bundle. */
  readonly bundle: string;
  readonly tool: string;
  /** What the call may touch. */
  readonly tokens: readonly Token[];
  /** The calls that led to this one, outermost first; absent for none. */
  readonly path?: readonly CallerOnPath[];
  /** Hears of each operation that is over; never throws. */
  readonly observer?: CallObserver;
}

/** Runs operations. */
export interface Operations {
  /**
   * Runs one operation. Never rejects for what a guest did: a refusal is a `failed` completion.
   * @param args WIT values in jco's conventions; a blob is its index in `blobs`.
   * @param signal Aborted when the guest gives the operation up or the call ends.
   */
  run(
    caller: Caller,
    operation: OperationName,
    args: readonly unknown[],
    blobs: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<Completion> | Completion;
}
