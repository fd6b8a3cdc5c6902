/** A call on its own instance, seen from TypeScript: a turn that stays on this thread is a value, one that moves to a worker a promise. */
import type {
  CallStart,
  Completion,
  EngineCall,
  EngineLimits,
  LogLine,
  ReadyOperation,
  StartedOperation,
  Turn,
  TurnOutcome,
} from '#wit/interfaces';
import { callMisused } from '../../errors.ts';
import { BlobCollector, blobRefusal } from '../blob-indexes.ts';
import { callDropped, engineClosed } from '../cancelled.ts';
import { operationNamesByNumber } from '../host-functions.ts';
import type { LoadedCode } from './code.ts';
import { type NativeEngine, type NativeTurn, kindOfTurn, numberOf, richness } from './native.ts';

/** What a call asks of its engine. */
export interface CallOwner {
  readonly numbers: Float64Array;
  /** Whether a turn that is about to run goes to a worker at once. */
  crowded(call: WasmtimeCall): boolean;
  /** Whether there is room for its instance now, which then is the call's; otherwise it is told later, with `grant`. */
  admit(call: WasmtimeCall): boolean;
  /** Writes the call's limits where the native side reads them; gives the number of the tool's code. */
  prepare(call: WasmtimeCall): number;
  /** The call's turn is on a worker. */
  moved(call: WasmtimeCall): void;
  /** A call begins to wait, or goes on. */
  waits(waiting: boolean): void;
  /** Said once, when the call is over; `admitted`: whether it had room. */
  over(call: WasmtimeCall, admitted: boolean): void;
}

/** What a call runs with. */
export interface CallSetting {
  readonly code: LoadedCode;
  readonly limits: EngineLimits;
  readonly native: NativeEngine;
  /** How many calls its caller runs. */
  readonly busy: number;
}

type Ended = Extract<TurnOutcome, { kind: 'ended' }>;
type State = 'new' | 'queued' | 'running' | 'suspended' | 'closed' | 'over';

const nothing: readonly never[] = Object.freeze([]);
/** What a turn brings out besides its outcome. */
type Brought = Pick<Turn, 'blobs' | 'operations' | 'abandoned' | 'logs'>;
const bare: Brought = { blobs: nothing, operations: nothing, abandoned: nothing, logs: nothing };
const waits: TurnOutcome = { kind: 'waiting' };

/** See `EngineCall`. */
export class WasmtimeCall implements EngineCall {
  readonly number: number;
  /** Among the open calls of the engine. */
  place = 0;
  readonly code: LoadedCode;
  readonly limits: EngineLimits;
  readonly busy: number;
  readonly #native: NativeEngine;
  readonly #owner: CallOwner;
  #state: State = 'new';
  #admitted = false;
  #computeMs = 0;
  #memoryBytes = 0;
  /** Where it waits for room. */
  #start: CallStart | undefined;
  #settle: Pick<PromiseWithResolvers<Turn>, 'resolve' | 'reject'> | undefined;

  constructor(number: number, { code, limits, native, busy }: CallSetting, owner: CallOwner) {
    this.number = number;
    this.code = code;
    this.limits = limits;
    this.#native = native;
    this.busy = busy;
    this.#owner = owner;
  }

  begin(start: CallStart): Turn | Promise<Turn> {
    if (this.#state === 'closed') return this.#afterClose();
    if (this.#state !== 'new') throw callMisused(`the call is ${this.#state}, and begins only once`);
    if (this.#owner.admit(this)) {
      this.#admitted = true;
      return this.#begin(start) ?? this.#promise();
    }
    this.#state = 'queued';
    this.#start = start;
    return this.#promise();
  }

  /** There is room for its instance now, and it is the call's. */
  grant(): void {
    this.#admitted = true;
    queueMicrotask(() => {
      const start = this.#start;
      this.#start = undefined;
      // Dropped meanwhile: the turn has been settled.
      if (this.#state !== 'queued' || !start) return;
      try {
        const turn = this.#begin(start);
        if (turn) this.#settle?.resolve(turn);
      } catch (error) {
        this.#settle?.reject(error);
      }
    });
  }

  resume(ready: readonly ReadyOperation[], nowMs: number): Turn | Promise<Turn> {
    if (this.#state === 'closed') return this.#afterClose();
    if (this.#state !== 'suspended') throw callMisused(`the call is ${this.#state}`);
    const { numbers } = this.#owner;
    const collector = new BlobCollector();
    const flat: unknown[] = [];
    for (const { id, completion } of ready) {
      flat.push(id, completion.kind === 'ok', collector.collect(valueOf(completion)));
    }
    this.#owner.waits(false);
    this.#state = 'running';
    numbers[numberOf.nowMs] = nowMs;
    const blobs = collector.blobs.length > 0 ? collector.blobs : undefined;
    return this.#entered(this.#native.resume(this.number, flat, blobs, this.#owner.crowded(this))) ?? this.#promise();
  }

  [Symbol.dispose](): void {
    if (this.#state === 'over') return;
    const inEngine = this.#state !== 'closed';
    if (inEngine) this.#leave(callDropped);
    this.#state = 'over';
  }

  /** A turn that runs ends now; whoever begins or resumes the call later is told. */
  engineClosed(): void {
    const idle = this.#state === 'new' || this.#state === 'suspended';
    this.#leave(engineClosed);
    if (idle) this.#state = 'closed';
  }

  /** Its turn on a worker has ended; the numbers are those of this turn. */
  finished(native: NativeTurn): void {
    if (this.#state === 'over') return;
    this.#settle?.resolve(this.#turn(native));
  }

  /** Nothing where the turn moved to a worker. */
  #begin({ input, blobs, nowMs, seed }: CallStart): Turn | undefined {
    const { numbers } = this.#owner;
    this.#state = 'running';
    const tool = this.#owner.prepare(this);
    numbers[numberOf.nowMs] = nowMs;
    const given = blobs.length > 0 ? blobs : undefined;
    return this.#entered(this.#native.begin(this.number, tool, input, given, seed, this.#owner.crowded(this)));
  }

  #entered(native: NativeTurn): Turn | undefined {
    if (this.#owner.numbers[numberOf.kind] !== kindOfTurn.moved) return this.#turn(native);
    this.#owner.moved(this);
    return undefined;
  }

  #promise(): Promise<Turn> {
    const { promise, resolve, reject } = Promise.withResolvers<Turn>();
    this.#settle = { resolve, reject };
    return promise;
  }

  #turn(native: NativeTurn): Turn {
    const { numbers } = this.#owner;
    this.#memoryBytes = Math.max(this.#memoryBytes, numbers[numberOf.memoryBytes] ?? 0);
    const turn = this.#read(numbers[numberOf.rich] ?? richness.outcome, native);
    if (turn.outcome.kind === 'waiting') {
      this.#state = 'suspended';
      this.#owner.waits(true);
    } else {
      this.#end();
    }
    return turn;
  }

  #read(rich: number, native: NativeTurn): Turn {
    const kind = this.#owner.numbers[numberOf.kind] ?? kindOfTurn.none;
    if (rich === richness.outcome) return this.#turnOf(outcomeOf(kind, native));
    const parts = native as readonly unknown[];
    return rich === richness.operations
      ? this.#richTurn(waits, [undefined, undefined, parts, nothing, nothing])
      : this.#richTurn(outcomeOf(kind, parts[0]), parts);
  }

  /** A turn that brings out more than its outcome. */
  #richTurn(outcome: TurnOutcome, [, someBlobs, flat, abandoned, lines]: readonly unknown[]): Turn {
    const blobs = (someBlobs as readonly Uint8Array[] | undefined) ?? nothing;
    const operations = operationsOf(flat as readonly unknown[]);
    const refusal = blobRefusal(operations, blobs.length);
    const logs = logsOf(lines as readonly unknown[]);
    if (!refusal) return this.#turnOf(outcome, { blobs, operations, abandoned: abandoned as readonly number[], logs });
    // It may wait: nobody will resume it.
    this.#native.dropCall(this.number);
    return this.#turnOf(refusal, { ...bare, logs });
  }

  #turnOf(outcome: TurnOutcome, { blobs, operations, abandoned, logs }: Brought = bare): Turn {
    const { numbers } = this.#owner;
    const own = outcome !== callDropped && outcome !== engineClosed;
    const computed = own ? (numbers[numberOf.computeMs] ?? 0) : this.#computeMs;
    const computeMs = Math.max(0, computed - this.#computeMs);
    this.#computeMs += computeMs;
    return {
      outcome,
      blobs,
      operations,
      abandoned,
      logs,
      logBytesDropped: own ? (numbers[numberOf.logBytesDropped] ?? 0) : 0,
      computeMs,
      memoryBytes: this.#memoryBytes,
    };
  }

  #leave(outcome: Ended): void {
    if (this.#state === 'suspended') this.#owner.waits(false);
    this.#native.dropCall(this.number);
    const turn = this.#turnOf(outcome);
    this.#end();
    this.#settle?.resolve(turn);
  }

  #afterClose(): Turn {
    this.#state = 'over';
    return this.#turnOf(engineClosed);
  }

  #end(): void {
    this.#state = 'over';
    this.#owner.over(this, this.#admitted);
  }
}

function valueOf(completion: Completion): unknown {
  return completion.kind === 'ok' ? completion.value : completion.error;
}

function outcomeOf(kind: number, value: unknown): TurnOutcome {
  switch (kind) {
    case kindOfTurn.done:
      return { kind: 'done', output: value as string };
    case kindOfTurn.waiting:
      return { kind: 'waiting' };
    case kindOfTurn.failed: {
      const [code, message, retryable, details, stack] = value as [string, string, boolean, string?, string?];
      return { kind: 'failed', error: { code, message, retryable, details, stack } };
    }
    default: {
      const [code, message, cause] = value as [Ended['code'], string, string];
      return { kind: 'ended', code, message, cause };
    }
  }
}

function operationsOf(flat: readonly unknown[]): readonly StartedOperation[] {
  const operations: StartedOperation[] = [];
  for (let index = 0; index < flat.length;) {
    const name = operationNamesByNumber[flat[index + 1] as number];
    const next = index + 3 + (flat[index + 2] as number);
    if (name) operations.push({ id: flat[index] as number, name, args: flat.slice(index + 3, next) });
    index = next;
  }
  return operations;
}

function logsOf(flat: readonly unknown[]): readonly LogLine[] {
  if (flat.length === 0) return nothing;
  const lines: LogLine[] = [];
  for (let index = 0; index < flat.length; index += 3) {
    const [level, message, fields] = flat.slice(index, index + 3) as [LogLine['level'], string, string?];
    lines.push({ level, message, fields });
  }
  return lines;
}
