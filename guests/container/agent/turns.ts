/**
 * The turns of the agent.
 *
 * Invariants:
 * - a turn that the host began is answered exactly once: when the queue of promises is empty, and the tool has settled or waits for an operation;
 * - while it waits for nothing but work of Bun's own, the turn stays open, and the process may end by itself: its last words are that it waits for nothing;
 * - between turns nothing is said but that there is something to say (`stir`), once.
 */
import type { DescribedError, Native, ToolFactory } from '../../sdk/native.ts';
import type { AgentOutcome, Frame, HostMessage, HostSignature } from '#wit/turns';
import {
  PromiseIntrinsic,
  apply,
  cpuUsage,
  drainMicrotasks,
  later,
  parseJson,
  peekStatus,
  peekValue,
  promiseThen,
  residentBytes,
  stringifyJson,
  utf8Decode,
  utf8Encode,
} from './captured.ts';
import { nowMs, setNowMs } from './clock.ts';
import type { Connection } from './connection.ts';
import { HostCalls, type OperationErrorMaker } from './host-calls.ts';
import { randomBytes, seedRandom } from './random.ts';

/** What the template registers. */
interface Handlers {
  load: (factory: ToolFactory, inCall?: boolean) => void;
  begin: (input: unknown, blobs: readonly Uint8Array[]) => unknown;
  describe: (reason: unknown) => DescribedError;
  operationError: OperationErrorMaker;
}

/** What begins a call. */
export type Begin = Extract<HostMessage, { kind: 'begin' }>;
type Resume = Extract<HostMessage, { kind: 'resume' }>;

const unbound = (): never => {
  throw new Error('Cannot use the agent: it is not ready');
};

/** See above. */
export class Turns {
  readonly #connection: Connection;
  readonly #signatures: readonly HostSignature[];
  readonly #enter: (begin: Begin) => void;
  readonly #load: (begin: Begin, source: string) => ToolFactory;
  readonly #ownFile: string;
  readonly #handlers: Handlers = { load: unbound, begin: unbound, describe: unbound, operationError: unbound };
  #calls: HostCalls | undefined;
  #callBegan = false;
  #loaded = false;
  #result: { readonly promise: Promise<unknown> } | { readonly failure: unknown } | undefined;
  #turn = 0;
  /** Whether the host waits for the end of the turn. */
  #open = false;
  #inSlice = false;
  #wakes = false;
  #stirred = false;

  constructor(options: {
    readonly connection: Connection;
    readonly signatures: readonly HostSignature[];
    /** At the beginning of each call: what it finds around it. */
    readonly enter: (begin: Begin) => void;
    /** Once: the globals of the tool, and what loads it. */
    readonly load: (begin: Begin, source: string) => ToolFactory;
    /** In whose frames no author is interested. */
    readonly ownFile: string;
  }) {
    this.#connection = options.connection;
    this.#signatures = options.signatures;
    this.#enter = options.enter;
    this.#load = options.load;
    this.#ownFile = options.ownFile;
  }

  /** What the SDK and the prelude are bound to. */
  native(): Native {
    const handlers = this.#handlers;
    return {
      names: this.#signatures.map(({ name }) => name),
      nowMs,
      randomBytes,
      utf8Encode,
      utf8Decode,
      start: (index, ...args) => this.#inCall(index).start(index, args),
      startThen: (index, done, failed, ...args) => this.#inCall(index).startThen(index, { done, failed }, args),
      operation: () => this.#calls?.lastId ?? 0,
      call: (index, ...args) => this.#inCall(index).call(index, args),
      forget: (id, index) => this.#calls?.forget(id, index) ?? false,
      granted: (index) => this.#calls?.isGranted(index) ?? false,
      addBlob: (view) => this.#calls?.addBlob(view) ?? 0,
      onOperationError: (handler) => void (handlers.operationError = handler),
      onLoad: (handler) => void (handlers.load = handler),
      onBegin: (handler) => void (handlers.begin = handler),
      onError: (handler) => void (handlers.describe = handler),
    };
  }

  /** Takes a message of the host. */
  readonly take = ({ message, blobs }: Frame): void => {
    const found = message as HostMessage;
    this.#turn = found.turn;
    this.#open = true;
    this.#stirred = false;
    setNowMs(found.nowMs);
    this.#inSlice = true;
    if (found.kind === 'begin') this.#begin(found, blobs);
    else this.#resume(found, blobs);
    drainMicrotasks();
    this.#inSlice = false;
    this.#endSlice();
  };

  /** The process has nothing left to wait for: a turn that is open ends here. */
  readonly idle = (): void => {
    if (!this.#open) return;
    this.#connection.hold();
    this.#report(['waiting']);
  };

  /** An error that nobody caught, of Bun's own callbacks: it ends the call. */
  readonly failed = (reason: unknown): void => {
    if (!this.#callBegan) return;
    this.#result = { failure: reason };
    this.#wake();
  };

  #inCall(index: number): HostCalls {
    if (this.#calls !== undefined && this.#callBegan) return this.#calls;
    const name = this.#signatures[index]?.name ?? '';
    throw new TypeError(
      `Cannot use "${name}": the top level of a module runs when the tool is built, where there is no host`,
    );
  }

  #begin(begin: Begin, [seed, input, source, ...blobs]: readonly Uint8Array[]): void {
    seedRandom(seed ?? new Uint8Array(32));
    this.#callBegan = false;
    this.#result = undefined;
    const calls = new HostCalls({
      signatures: this.#signatures,
      limits: begin.limits,
      granted: begin.granted,
      operationError: (...facts) => this.#handlers.operationError(...facts),
      lastId: this.#calls?.lastId ?? 0,
    });
    calls.onChange = () => this.#wake();
    this.#calls = calls;
    try {
      this.#enter(begin);
      if (!this.#loaded) {
        this.#handlers.load(this.#load(begin, utf8Decode(source ?? new Uint8Array(), false, true)), true);
        this.#loaded = true;
        drainMicrotasks();
      }
      const value = parseJson(utf8Decode(input ?? new Uint8Array(), false, true)) as unknown;
      this.#callBegan = true;
      const copies: Uint8Array[] = [];
      for (let index = 0; index < blobs.length; index += 1) copies[index] = new Uint8Array(blobs[index] ?? []);
      this.#watch(this.#handlers.begin(value, copies));
    } catch (error) {
      this.#callBegan = true;
      this.#result = { failure: error };
    }
  }

  #watch(result: unknown): void {
    const promise = result instanceof PromiseIntrinsic ? result : PromiseIntrinsic.resolve(result);
    this.#result = { promise };
    const wake = (): void => this.#wake();
    try {
      apply(promiseThen, promise, [wake, wake]);
    } catch {
      // The tool has made its promise one that cannot be waited for: it is looked at after each turn.
    }
  }

  #resume({ ready, blobs: own }: Resume, blobs: readonly Uint8Array[]): void {
    for (let index = 0; index < ready.length; index += 1) {
      const each = ready[index];
      if (each === undefined) continue;
      this.#calls?.complete(each, blobs, own);
      // As in any host: what one completion sets off runs before the next one.
      drainMicrotasks();
    }
  }

  /** Something has changed, perhaps outside of a turn: it is looked at when what runs now is over. */
  #wake(): void {
    if (this.#inSlice || this.#wakes) return;
    this.#wakes = true;
    later(() => {
      this.#wakes = false;
      this.#endSlice();
    });
  }

  #endSlice(): void {
    const calls = this.#calls;
    if (calls === undefined) return;
    if (!this.#open) {
      if (this.#stirred || this.#result === undefined || (!calls.hasNews && !this.#isSettled())) return;
      this.#stirred = true;
      this.#connection.send({ kind: 'stir', turn: this.#turn }, []);
      return;
    }
    const outcome = this.#outcome(calls);
    if (outcome !== undefined) this.#report(outcome);
    else if (calls.openCount > 0) this.#report(['waiting']);
    else this.#connection.release();
  }

  #isSettled(): boolean {
    const result = this.#result;
    if (result === undefined) return false;
    return 'failure' in result || peekStatus(result.promise) !== 'pending';
  }

  /** What the call has come to; none while it goes on. */
  #outcome(calls: HostCalls): AgentOutcome | undefined {
    const result = this.#result;
    if (calls.fault === undefined && result !== undefined && this.#isSettled()) {
      if ('failure' in result) return this.#describe(result.failure);
      const value = peekValue(result.promise);
      if (peekStatus(result.promise) === 'rejected') return this.#describe(value);
      try {
        this.#output = utf8Encode(stringifyJson(value) ?? 'null');
        if (calls.fault === undefined) return ['done'];
      } catch (error) {
        if (calls.fault === undefined) return this.#describe(error);
      }
    }
    const { fault } = calls;
    return fault && ['ended', fault.code, fault.message, fault.reason];
  }

  #output: Uint8Array | undefined;

  #describe(reason: unknown): AgentOutcome {
    const { code, message, retryable, details, stack } = this.#handlers.describe(reason);
    return ['failed', code, message, retryable, details, stack === null ? null : this.#withoutOwnFrames(stack)];
  }

  #withoutOwnFrames(stack: string): string {
    const kept: string[] = [];
    const lines = stack.split('\n');
    for (let index = 0; index < lines.length; index += 1) {
      const line = lines[index] ?? '';
      if (!line.includes(`${this.#ownFile}:`)) kept[kept.length] = line;
    }
    return kept.join('\n');
  }

  #report(outcome: AgentOutcome): void {
    const calls = this.#calls;
    if (calls === undefined) return;
    this.#open = false;
    const { started, abandoned, logs, logBytesDropped, blobs, asides } = calls.take();
    const all: Uint8Array[] = [];
    for (let index = 0; index < blobs.length; index += 1) all[index] = blobs[index] ?? new Uint8Array();
    for (let index = 0; index < asides.length; index += 1)
      all[blobs.length + index] = asides[index] ?? new Uint8Array();
    if (outcome[0] === 'done') all[all.length] = this.#output ?? new Uint8Array();
    const { user, system } = cpuUsage();
    this.#connection.hold();
    this.#connection.send(
      {
        kind: 'turn',
        turn: this.#turn,
        outcome,
        blobs: blobs.length,
        started,
        abandoned,
        logs,
        logBytesDropped,
        cpuMs: (user + system) / 1_000,
        memoryBytes: residentBytes(),
      },
      all,
    );
    if (outcome[0] !== 'waiting') this.#result = undefined;
  }
}
