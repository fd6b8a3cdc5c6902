/**
 * Runs the operations of all calls: token check, limits, audit and effect class, once for both substrates.
 *
 * Invariants:
 * - nothing is touched before a token of the caller covers it;
 * - `run` never rejects for what a guest did: a refusal is a `failed` completion;
 * - each operation that was started leaves one audit record, also one that was given up.
 */
import { CodedError, type ErrorCode } from '#wit/errors';
import type { OperationName } from '#wit/host-types';
import type { Caller, Completion, EffectClass, Operations } from '#wit/interfaces';
import { type Token, covers, printToken } from '#wit/tokens';
import { type Clock, systemClock } from '../clock.ts';
import { hostLimits } from '../limits.ts';
import { type Import, type PreparedImport, Refusal, refusedCompletion } from '../imports/import.ts';
import { type KeyValueStore, kvImports } from '../imports/kv.ts';
import { timerImports } from '../imports/timer.ts';
import { type NestedCalls, toolImports } from '../imports/tools.ts';
import { unservedImports } from '../imports/unserved.ts';
import { createMemoryStore } from './memory-store.ts';

/** What an operation came to, for the audit. */
export interface OperationRecord {
  readonly callId: string;
  readonly bundle: string;
  readonly tool: string;
  readonly operation: OperationName;
  readonly effect: EffectClass;
  /** The token that allowed it; none where none is needed or none allowed it. */
  readonly token: string | undefined;
  /** `abandoned`: the guest gave it up, or the call ended first. */
  readonly outcome: 'done' | 'abandoned' | ErrorCode;
  readonly startedMs: number;
  readonly endedMs: number;
  /** What went wrong on the host's side, where the guest only hears `unavailable`. */
  readonly cause: unknown;
}

/** What operations run on. */
export interface OperationsOptions {
  /** In memory where absent. */
  readonly kv?: KeyValueStore;
  readonly clock?: Clock;
  /** Hears of each operation; must not throw. */
  readonly audit?: (record: OperationRecord) => void;
  /** Operations of all calls that may be open at the same time; `hostLimits` where absent. */
  readonly operationsOpenMax?: number;
  /** Runs the calls that tools make; without it they are unavailable. */
  readonly nested?: NestedCalls;
  /** Keeps operations apart that would disturb each other; none where absent. */
  readonly locks?: OperationLocks;
}

/** Keeps operations apart: `r`, `append` and `rw` lock their scope for one operation, against those who hold it alone for a whole call. */
export interface OperationLocks {
  /**
   * Takes a lock; the operation runs once it is there, and leaving its scope gives it back.
   * @throws {CodedError} where it cannot be had: the call is about to end then.
   */
  take(caller: Caller, token: Token, signal: AbortSignal): Disposable | Promise<Disposable>;
}

/** Creates the operations of a host. */
export function createOperations({
  kv = createMemoryStore(),
  clock = systemClock,
  audit,
  operationsOpenMax = hostLimits.operationsOpenMax,
  nested,
  locks,
}: OperationsOptions = {}): Operations {
  const imports: Readonly<Record<OperationName, Import>> = {
    ...unservedImports(),
    ...timerImports(clock),
    ...kvImports(kv),
    ...toolImports(nested),
  };
  return new HostOperations(imports, { clock, audit, operationsOpenMax, locks });
}

interface Attempt {
  readonly caller: Caller;
  readonly operation: OperationName;
  readonly signal: AbortSignal;
  readonly startedMs: number;
  token: Token | undefined;
}

interface Setting {
  readonly clock: Clock;
  readonly audit: ((record: OperationRecord) => void) | undefined;
  readonly operationsOpenMax: number;
  readonly locks: OperationLocks | undefined;
}

/** Kinds whose operations lock their scope; the others are quotas and calls. */
const lockedKinds: ReadonlySet<Token['kind']> = new Set(['kv', 'vector', 'fs', 'context']);

class HostOperations implements Operations {
  readonly #imports: Readonly<Record<OperationName, Import>>;
  readonly #clock: Clock;
  readonly #audit: ((record: OperationRecord) => void) | undefined;
  readonly #openMax: number;
  readonly #locks: OperationLocks | undefined;
  #open = 0;

  constructor(imports: Readonly<Record<OperationName, Import>>, { clock, audit, operationsOpenMax, locks }: Setting) {
    this.#imports = imports;
    this.#clock = clock;
    this.#audit = audit;
    this.#openMax = operationsOpenMax;
    this.#locks = locks;
  }

  // The order of parameters is the interface's.
  // oxlint-disable-next-line max-params
  run(
    caller: Caller,
    operation: OperationName,
    args: readonly unknown[],
    blobs: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<Completion> | Completion {
    const attempt: Attempt = { caller, operation, signal, startedMs: this.#clock.nowMs(), token: undefined };
    if (signal.aborted) return this.#failed(attempt, new Refusal('CANCELLED'));
    if (this.#open >= this.#openMax) return this.#failed(attempt, new Refusal('OPERATIONS_EXCEEDED', this.#openMax));
    try {
      const prepared = this.#imports[operation].prepare(args, blobs);
      attempt.token = grantedToken(caller, prepared);
      const value = this.#locked(attempt, prepared);
      return value instanceof Promise ? this.#settled(attempt, value) : this.#done(attempt, value);
    } catch (error) {
      return this.#failed(attempt, error);
    }
  }

  /** Runs under the lock of its token, which most get at once. */
  #locked({ caller, signal, token }: Attempt, prepared: PreparedImport): unknown {
    if (!this.#locks || !token || !lockedKinds.has(token.kind)) return prepared.run(token, signal, caller);
    const lock = this.#locks.take(caller, token, signal);
    if (lock instanceof Promise)
      return lock.then((taken) =>
        runUnder(taken, () => {
          // Given up in the moment in which the lock came: nobody waits for it, and its call may have given back what it held.
          if (signal.aborted) throw new Refusal('CANCELLED');
          return prepared.run(token, signal, caller);
        }),
      );
    return runUnder(lock, () => prepared.run(token, signal, caller));
  }

  /** What is given up is on record at once, whether or not what runs it listens to the signal. */
  #settled(attempt: Attempt, value: Promise<unknown>): Promise<Completion> {
    const { promise, resolve } = Promise.withResolvers<Completion>();
    const { signal } = attempt;
    this.#open += 1;
    const close = (completion: Completion): void => {
      this.#open -= 1;
      resolve(completion);
    };
    const abandon = (): void => close(this.#failed(attempt, new Refusal('CANCELLED')));
    const settle = (completion: () => Completion): void => {
      if (signal.aborted) return;
      signal.removeEventListener('abort', abandon);
      close(completion());
    };
    signal.addEventListener('abort', abandon, { once: true });
    value.then(
      (settled) => settle(() => this.#done(attempt, settled)),
      (error: unknown) => settle(() => this.#failed(attempt, error)),
    );
    return promise;
  }

  #done(attempt: Attempt, value: unknown): Completion {
    this.#record(attempt, 'done', undefined);
    return { kind: 'ok', value };
  }

  /** What is no refusal is a fault of the host: the guest hears `unavailable`, the audit hears why. */
  #failed(attempt: Attempt, error: unknown): Completion {
    const refusal =
      error instanceof Refusal
        ? error
        : new Refusal('UNAVAILABLE', error instanceof CodedError ? error.message : 'the host failed');
    this.#record(attempt, refusal.code, error === refusal ? undefined : error);
    return refusedCompletion(attempt.operation, refusal);
  }

  #record({ caller, operation, startedMs, token }: Attempt, result: OperationRecord['outcome'], cause: unknown): void {
    const { observer } = caller;
    if (!observer && !this.#audit) return;
    const outcome = result === 'CANCELLED' ? 'abandoned' : result;
    const endedMs = this.#clock.nowMs();
    observer?.operation({ operation, outcome, durationMs: Math.max(0, endedMs - startedMs) });
    this.#audit?.({
      callId: caller.callId,
      bundle: caller.bundle,
      tool: caller.tool,
      operation,
      effect: this.#imports[operation].effect,
      token: token && printToken(token),
      outcome,
      startedMs,
      endedMs,
      cause,
    });
  }
}

function runUnder(lock: Disposable, run: () => unknown): unknown {
  let value: unknown;
  try {
    value = run();
  } catch (thrown) {
    lock[Symbol.dispose]();
    throw thrown;
  }
  if (value instanceof Promise) return value.finally(() => lock[Symbol.dispose]());
  lock[Symbol.dispose]();
  return value;
}

/** The first of the wanted tokens that the caller has, or one of the wanted kind. @throws {Refusal} `CAPABILITY_DENIED` where it has none. */
function grantedToken(caller: Caller, { wanted, wantedKind }: PreparedImport): Token | undefined {
  if (wanted.length === 0 && wantedKind === undefined) return undefined;
  const granted =
    wantedKind === undefined
      ? wanted.find((token) => caller.tokens.some((held) => covers(held, token)))
      : caller.tokens.find(({ kind }) => kind === wantedKind);
  if (!granted) throw new Refusal('CAPABILITY_DENIED');
  return granted;
}
