/** One call, from `begin` to its outcome. */
import { CodedError, type WireError, wireError } from '#wit/errors';
import type {
  CallObserver,
  CallOutcome,
  Caller,
  EngineCall,
  EngineLimits,
  LogLine,
  Operations,
  StartedOperation,
  ToolCall,
  Turn,
  TurnOutcome,
} from '#wit/interfaces';
import type { Clock } from '../clock.ts';
import { turnLimits } from '../limits.ts';
import { decodeOutput, encodeInput } from './border.ts';
import {
  cancelled,
  guestFailure,
  leftOperations,
  stalled,
  tooManyOperations,
  wallDeadlineExceeded,
} from './failure.ts';
import { guardedObserver } from './guarded-observer.ts';
import { narrowed } from './narrowed.ts';
import { OpenOperations } from './open-operations.ts';
import type { ToolProgram } from './tool-program.ts';

/** Limits of calls; see `callLimits`. */
export interface RunLimits {
  readonly logBytesMax: number;
  readonly outputBytesMax: number;
  readonly operationsOpenMax: number;
  readonly operationsParallelMax: number;
  readonly readyMax: number;
}

/** What every call of a runner has in common. */
export interface RunSetting {
  readonly operations: Operations;
  readonly clock: Clock;
  readonly limits: RunLimits;
  /** `name@version`. */
  readonly bundle: string;
  /** How many calls run just now. */
  busy(): number;
}

/** Why a call ended before its guest did. */
type Ending = WireError;
/** How a call ended; the runner adds logs and usage. */
type Result =
  | { readonly kind: 'done'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: WireError; readonly stack: string | undefined };

/** A call on its way. `run` is called once. */
export class CallRun {
  readonly #program: ToolProgram;
  readonly #setting: RunSetting;
  readonly #call: ToolCall;
  readonly #seed: Uint8Array;
  readonly #startedMs: number;
  readonly #observer: CallObserver | undefined;
  readonly #logs: LogLine[] = [];
  #logBytesDropped = 0;
  #computeMs = 0;
  #memoryBytesPeak = 0;
  #turns = 0;
  #operations = 0;
  #ending: Ending | undefined;
  #deadline: AbortController | undefined;
  #engineCall: EngineCall | undefined;
  #open: OpenOperations | undefined;

  constructor(program: ToolProgram, setting: RunSetting, call: ToolCall & { readonly seed: Uint8Array }) {
    this.#program = program;
    this.#setting = setting;
    this.#call = call;
    this.#seed = call.seed;
    this.#startedMs = setting.clock.nowMs();
    this.#observer = call.observer && guardedObserver(call.observer);
  }

  async run(signal: AbortSignal | undefined): Promise<CallOutcome> {
    const { tool } = this.#program;
    const onAbort = (): void => this.#end(reasonOf(signal, tool.name));
    signal?.addEventListener('abort', onAbort);
    try {
      if (signal?.aborted) return this.#outcome(failed(reasonOf(signal, tool.name)));
      return this.#outcome(await this.#runTurns());
    } finally {
      // With a reason: without one an error with a stack is made for each call.
      this.#deadline?.abort('over');
      signal?.removeEventListener('abort', onAbort);
      this.#open?.[Symbol.dispose]();
      this.#engineCall?.[Symbol.dispose]();
    }
  }

  /** Ends the call as `CANCELLED`, at any moment. */
  cancel(): void {
    this.#end(cancelled(this.#program.tool.name));
  }

  async #runTurns(): Promise<Result> {
    const { tool, tokens, component } = this.#program;
    const { clock, limits, bundle, operations } = this.#setting;
    const input = encodeInput(this.#call.input, this.#program);
    if (input.error) return failed(input.error);
    const engineLimits: EngineLimits = {
      memoryBytesMax: tool.memoryBytes,
      computeMsMax: tool.computeMs,
      outputBytesMax: limits.outputBytesMax,
      logBytesMax: limits.logBytesMax,
      operationsOpenMax: limits.operationsOpenMax,
    };
    let engineCall: EngineCall;
    try {
      engineCall = component.open(engineLimits, this.#setting.busy(), this.#call.session);
    } catch (error) {
      if (error instanceof CodedError && error.code !== 'INTERNAL') return failed(error.wire);
      throw error;
    }
    this.#engineCall = engineCall;
    const observer = this.#observer;
    const { within, path } = this.#call;
    const caller: Caller = {
      callId: this.#call.id,
      bundle,
      tool: tool.name,
      tokens: within ? narrowed(tokens, within, bundle) : tokens,
      ...(path && { path }),
      ...(observer && { observer }),
    };
    const open = new OpenOperations(operations, caller, {
      ...limits,
      blobsMax: turnLimits.blobsMax,
      blobBytesMax: turnLimits.blobBytesMax,
    });
    this.#open = open;
    engineCall.onStir?.(() => open.stir());
    const begun = engineCall.begin({
      input: input.value.json,
      blobs: input.value.blobs,
      nowMs: clock.nowMs(),
      seed: this.#seed,
      caller,
    });
    if (begun instanceof Promise) this.#startDeadline();
    let turn = await begun;
    for (;;) {
      this.#account(turn);
      const result = this.#afterTurn(turn, open);
      if (result) return result;
      const ready = await open.nextReady();
      if (this.#ending) return failed(this.#ending);
      turn = await engineCall.resume(ready, clock.nowMs());
    }
  }

  /**
   * From the moment at which somebody waits for the call: a first turn that ends it at once, while nothing else can run, needs no timer, which would be
   * a tenth of such a call. One that goes on for more than a slice of the engine is waited for.
   */
  #startDeadline(): void {
    if (this.#deadline) return;
    const { signal } = (this.#deadline = new AbortController());
    const { tool } = this.#program;
    const timeoutMs = Math.min(this.#call.timeoutMs ?? tool.timeoutMs, tool.timeoutMs);
    void this.#setting.clock.sleep(timeoutMs, signal).then(() => {
      if (!signal.aborted) this.#end(wallDeadlineExceeded(tool.name, timeoutMs));
    });
  }

  /** The result, where the turn was the last one; else its operations are started. */
  #afterTurn(turn: Turn, open: OpenOperations): Result | undefined {
    const { tool } = this.#program;
    if (this.#ending) return failed(this.#ending);
    if (turn.outcome.kind !== 'waiting') return this.#lastTurn(turn, turn.outcome);
    // Before what the turn starts, so that of two that are due at once it is the first.
    this.#startDeadline();
    open.abandon(turn.abandoned);
    if (open.size + turn.operations.length > this.#setting.limits.operationsOpenMax) {
      return failed(tooManyOperations(tool.name, this.#setting.limits.operationsOpenMax));
    }
    open.start(turn.operations, turn.blobs);
    this.#operations += turn.operations.length;
    // An operation may end its own call at once, as one that would wait for ever.
    if (this.#ending) return failed(this.#ending);
    return open.size === 0 ? failed(stalled(tool.name)) : undefined;
  }

  #lastTurn({ operations, blobs }: Turn, outcome: Exclude<TurnOutcome, { kind: 'waiting' }>): Result {
    const { tool, mapStack } = this.#program;
    switch (outcome.kind) {
      case 'ended':
        return failed(wireError(outcome.code, { message: outcome.message, details: { cause: outcome.cause } }));
      case 'failed': {
        const { stack } = outcome.error;
        return {
          kind: 'failed',
          error: guestFailure(outcome.error),
          stack: stack === undefined ? undefined : mapStack(stack),
        };
      }
      case 'done': {
        const left = operations.filter(isNoTimer);
        if (left.length > 0)
          return failed(
            leftOperations(
              tool.name,
              left.map(({ name }) => name),
            ),
          );
        const { value, error } = decodeOutput(outcome.output, blobs, this.#program);
        return error ? failed(error) : { kind: 'done', output: value.output };
      }
    }
  }

  /** Ends the call from outside, at any moment: the turn that runs is aborted, what is awaited is let go. */
  #end(error: Ending): void {
    if (this.#ending) return;
    this.#ending = error;
    this.#engineCall?.[Symbol.dispose]();
    this.#open?.end();
  }

  #account(turn: Turn): void {
    this.#turns += 1;
    this.#computeMs += turn.computeMs;
    this.#memoryBytesPeak = Math.max(this.#memoryBytesPeak, turn.memoryBytes);
    for (const written of turn.logs) {
      const line = { ...written, message: this.#program.mapStack(written.message, 'log') };
      this.#logs.push(line);
      this.#observer?.log(line);
    }
    this.#logBytesDropped += turn.logBytesDropped;
  }

  #outcome(result: Result): CallOutcome {
    return {
      ...result,
      logs: this.#logs,
      logBytesDropped: this.#logBytesDropped,
      usage: {
        wallMs: Math.max(0, this.#setting.clock.nowMs() - this.#startedMs),
        computeMs: this.#computeMs,
        memoryBytesPeak: this.#memoryBytesPeak,
        turns: this.#turns,
        operations: this.#operations,
      },
    };
  }
}

function isNoTimer({ name }: StartedOperation): boolean {
  return name !== 'timer.sleep';
}

/** Why a caller ended its call. */
function reasonOf(signal: AbortSignal | undefined, tool: string): WireError {
  const reason: unknown = signal?.reason;
  return reason instanceof CodedError ? reason.wire : cancelled(tool);
}

function failed(error: WireError): Result {
  return { kind: 'failed', error, stack: undefined };
}
