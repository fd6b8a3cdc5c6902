/**
 * The host functions of one call: what a tool starts, gives up and logs is gathered here until the turn ends.
 *
 * Invariants, as of the guest engine and its recorder:
 * - ids count up from 1 and are never used twice, not even by the calls of a session;
 * - an operation is open from its start until it is delivered or given up, and settles at most once;
 * - a fault stays: every later host function throws, so that a tool cannot catch it and go on.
 */
import { type AgentLimits, type AgentLine, type HostSignature, LineBudget, readValue, writeValue } from '#wit/turns';
import { PromiseIntrinsic } from './captured.ts';
import { textBytes } from './text-bytes.ts';

/** Ends the call with a code of its own. Thrown through the tool. */
export class CallFault extends Error {
  readonly code: 'OPERATIONS_EXCEEDED' | 'VALUE_TOO_LARGE';
  /** For `details.cause`. */
  readonly reason: string;

  constructor(code: CallFault['code'], message: string, reason: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** What becomes of an operation; `direct`: `done` is called without arguments, and what it throws goes to `failed`. */
interface Settle {
  readonly done: (value?: unknown) => unknown;
  readonly failed: (error: unknown) => unknown;
  readonly direct: boolean;
}

interface Recorded {
  readonly index: number;
  /** What `read-stream` waits for. */
  readonly stream: unknown;
  /** Absent once the tool has forgotten it. */
  settle: Settle | undefined;
}

type Started = readonly [id: number, name: number, args: readonly unknown[]];

/** What a turn brings out. */
export interface Gathered {
  readonly started: readonly Started[];
  readonly abandoned: readonly number[];
  readonly logs: readonly AgentLine[];
  readonly logBytesDropped: number;
  readonly blobs: readonly Uint8Array[];
  readonly asides: readonly Uint8Array[];
}

/** What makes the rejection of a refused operation. */
export type OperationErrorMaker = (name: string, tag: string, value: unknown) => Error;

/** See above. */
export class HostCalls {
  readonly #signatures: readonly HostSignature[];
  readonly #limits: AgentLimits;
  readonly #granted: readonly string[];
  readonly #operationError: OperationErrorMaker;
  readonly #budget: LineBudget;
  /** By id; without a prototype, so that nothing that a tool puts on one is found. */
  #open: Record<number, Recorded | undefined> = Object.create(null);
  #openCount = 0;
  #lastId: number;
  #argumentBytes = 0;
  #started: Started[] = [];
  #abandoned: number[] = [];
  #logs: AgentLine[] = [];
  #logBytesDropped = 0;
  #blobs: Uint8Array[] = [];
  #asides: Uint8Array[] = [];
  fault: CallFault | undefined;
  /** Called when something is started, given up or faulty. */
  onChange: () => void = () => undefined;

  constructor(options: {
    readonly signatures: readonly HostSignature[];
    readonly limits: AgentLimits;
    readonly granted: readonly string[];
    readonly operationError: OperationErrorMaker;
    /** Of the calls before, whose timers the tool may still know. */
    readonly lastId: number;
  }) {
    this.#signatures = options.signatures;
    this.#limits = options.limits;
    this.#granted = options.granted;
    this.#operationError = options.operationError;
    this.#budget = new LineBudget(options.limits.logBytesMax);
    this.#lastId = options.lastId;
  }

  /** Operations that the host has not completed. */
  get openCount(): number {
    return this.#openCount;
  }

  /** Whether a turn would bring out more than lines. */
  get hasNews(): boolean {
    return this.#started.length > 0 || this.#abandoned.length > 0 || this.fault !== undefined;
  }

  get lastId(): number {
    return this.#lastId;
  }

  isGranted(index: number): boolean {
    const name = this.#signatures[index]?.name;
    if (name === undefined) return false;
    const interfaceName = interfaceOf(name);
    for (let place = 0; place < this.#granted.length; place += 1)
      if (this.#granted[place] === interfaceName) return true;
    return false;
  }

  start(index: number, args: readonly unknown[]): Promise<unknown> {
    let settle: Settle | undefined;
    const promise = new PromiseIntrinsic<unknown>((done, failed) => {
      settle = { done, failed, direct: false };
    });
    if (settle !== undefined) this.#start(index, args, settle);
    return promise;
  }

  startThen(
    index: number,
    settle: { readonly done: () => unknown; readonly failed: (error: unknown) => void },
    args: readonly unknown[],
  ): number {
    return this.#start(index, args, { ...settle, direct: true });
  }

  #start(index: number, args: readonly unknown[], settle: Settle): number {
    const signature = this.#signatureOf(index);
    if (signature.completion === null) throw new TypeError(`"${signature.name}" starts no operation`);
    const written = this.#writeArguments(signature, args);
    // Writing may have run a getter that started another operation: what is counted is counted now.
    const { operationsOpenMax, argumentBytesMax } = this.#limits;
    if (this.#openCount >= operationsOpenMax) {
      const message = `Cannot start another operation: ${operationsOpenMax} are open`;
      throw this.#fail(new CallFault('OPERATIONS_EXCEEDED', message, 'operations'));
    }
    if (this.#argumentBytes > argumentBytesMax) {
      const message = `Cannot start another operation: the arguments of this turn have more than ${argumentBytesMax} bytes`;
      throw this.#fail(new CallFault('VALUE_TOO_LARGE', message, 'arguments'));
    }
    this.#lastId += 1;
    const id = this.#lastId;
    this.#open[id] = { index, stream: args[0], settle };
    this.#openCount += 1;
    this.#started[this.#started.length] = [id, index, written];
    this.onChange();
    return id;
  }

  /** Calls a function that starts no operation. */
  call(index: number, args: readonly unknown[]): void {
    const signature = this.#signatureOf(index);
    if (signature.completion !== null) throw new TypeError(`"${signature.name}" starts an operation`);
    if (signature.name === 'log.write') {
      this.#log(args);
      return;
    }
    const [written] = this.#writeArguments(signature, args);
    const interfaceName = interfaceOf(signature.name);
    if (signature.name === 'llm.close-stream') this.#abandonReads(written, interfaceName);
    else if (typeof written === 'number') this.#abandon(written, interfaceName);
  }

  /** Drops an open operation of this host function: it never settles. */
  forget(id: number, index: number): boolean {
    const recorded = this.#open[id];
    if (recorded?.index !== index || recorded.settle === undefined) return false;
    recorded.settle = undefined;
    return true;
  }

  addBlob(view: unknown): number {
    if (!(view instanceof Uint8Array)) throw new TypeError('expected a Uint8Array');
    const index = this.#blobs.length;
    this.#blobs[index] = new Uint8Array(view);
    return index;
  }

  /** Delivers a completion. */
  complete(ready: readonly [id: number, ok: boolean, value: unknown], blobs: readonly Uint8Array[], own: number): void {
    const [id, ok, json] = ready;
    const recorded = this.#open[id];
    if (recorded === undefined) return;
    this.#close(id);
    const signature = this.#signatures[recorded.index];
    const { settle } = recorded;
    if (settle === undefined || !signature?.completion) return;
    let refused = !ok;
    let value: unknown;
    try {
      const type = ok ? signature.completion.ok : signature.completion.error;
      value = type === null ? undefined : readValue(type, json, sourceOf(blobs, own));
      if (refused) {
        const { tag, val } = value as { readonly tag: string; readonly val: unknown };
        value = this.#operationError(signature.name, tag, val);
      }
    } catch (error) {
      refused = true;
      value = error;
    }
    settleOperation(settle, refused, value);
  }

  /** What has been gathered; the next turn starts empty. */
  take(): Gathered {
    const gathered = {
      started: this.#started,
      abandoned: this.#abandoned,
      logs: this.#logs,
      logBytesDropped: this.#logBytesDropped,
      blobs: this.#blobs,
      asides: this.#asides,
    };
    this.#started = [];
    this.#abandoned = [];
    this.#logs = [];
    this.#logBytesDropped = 0;
    this.#blobs = [];
    this.#asides = [];
    this.#argumentBytes = 0;
    return gathered;
  }

  #fail(fault: CallFault): CallFault {
    this.fault ??= fault;
    this.onChange();
    return this.fault;
  }

  #signatureOf(index: number): HostSignature {
    if (this.fault) throw this.fault;
    const signature = this.#signatures[index];
    if (signature === undefined) throw new RangeError(`there is no host function ${index}`);
    if (!this.isGranted(index)) throw new TypeError(`Cannot use "${signature.name}": the tool has no token for it`);
    return signature;
  }

  #writeArguments({ parameters }: HostSignature, args: readonly unknown[]): readonly unknown[] {
    const written: unknown[] = [];
    const sink = {
      blob: (bytes: Uint8Array): number => this.addBlob(bytes),
      aside: (bytes: Uint8Array): number => {
        this.#argumentBytes += bytes.length;
        this.#asides[this.#asides.length] = bytes;
        return this.#asides.length - 1;
      },
    };
    for (let place = 0; place < parameters.length; place += 1) {
      const type = parameters[place];
      if (type === undefined) continue;
      const value = args[place];
      if (typeof value === 'string') this.#argumentBytes += value.length;
      written[place] = writeValue(type, value, sink);
    }
    return written;
  }

  #log(args: readonly unknown[]): void {
    const [level, message, fields] = args;
    if (level !== 'debug' && level !== 'info' && level !== 'warn' && level !== 'error')
      throw new TypeError(`expected one of its cases, found "${String(level)}"`);
    if (typeof message !== 'string' || (fields !== undefined && fields !== null && typeof fields !== 'string'))
      throw new TypeError('expected a string');
    const text = message.toWellFormed();
    const bytes = textBytes(text) + (typeof fields === 'string' ? textBytes(fields) : 0);
    if (this.#budget.spend(bytes)) this.#logs[this.#logs.length] = [level, text, fields ?? null];
    else this.#logBytesDropped += bytes;
  }

  #abandon(id: number, interfaceName: string): void {
    const recorded = this.#open[id];
    if (recorded === undefined || interfaceOf(this.#signatures[recorded.index]?.name ?? '') !== interfaceName) return;
    this.#close(id);
    // What has not left yet never leaves.
    const kept: Started[] = [];
    for (let place = 0; place < this.#started.length; place += 1) {
      const started = this.#started[place];
      if (started !== undefined && started[0] !== id) kept[kept.length] = started;
    }
    if (kept.length === this.#started.length) this.#abandoned[this.#abandoned.length] = id;
    else this.#started = kept;
    this.onChange();
  }

  /** A stream is closed: the reads that wait for it are given up. */
  #abandonReads(stream: unknown, interfaceName: string): void {
    for (const id in this.#open) {
      const recorded = this.#open[id];
      if (recorded === undefined || recorded.stream !== stream) continue;
      if (this.#signatures[recorded.index]?.name === `${interfaceName}.read-stream`)
        this.#abandon(Number(id), interfaceName);
    }
  }

  #close(id: number): void {
    // oxlint-disable-next-line typescript/no-dynamic-delete -- a table by id without a prototype: a Map could be changed by a tool
    delete this.#open[id];
    this.#openCount -= 1;
  }
}

function settleOperation({ done, failed, direct }: Settle, refused: boolean, value: unknown): void {
  try {
    if (refused) failed(value);
    else if (direct) done();
    else done(value);
  } catch (error) {
    if (!direct || refused) return;
    try {
      failed(error);
    } catch {
      // As in the guest engine: what reports the error failed, too, and nobody is left to hear it.
    }
  }
}

function interfaceOf(name: string): string {
  for (let place = 0; place < name.length; place += 1) if (name[place] === '.') return name.slice(0, place);
  return name;
}

function sourceOf(
  blobs: readonly Uint8Array[],
  own: number,
): { blob(index: number): Uint8Array; aside(index: number): Uint8Array; vector(numbers: Float64Array): unknown } {
  const at = (index: number, what: string): Uint8Array => {
    const found = blobs[index];
    if (found === undefined) throw new RangeError(`the host named ${what} ${index}, which it did not bring`);
    return found;
  };
  return {
    // A copy: the frame's other blobs would stay in memory with a view.
    blob: (index) => new Uint8Array(at(index < own ? index : -1, 'blob')),
    aside: (index) => at(own + index, 'text'),
    vector: (numbers) => {
      const list: number[] = [];
      for (let place = 0; place < numbers.length; place += 1) list[place] = numbers[place] ?? 0;
      return list;
    },
  };
}
