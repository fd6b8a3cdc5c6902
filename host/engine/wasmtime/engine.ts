/** The engine `wasmtime`: components run as compiled code in this process, on fibres that its own thread polls. See `host/native` and README.md. */
import { hashBytes } from '#wit/bundle';
import type { ComponentReference, Engine, EngineCall, EngineLimits, LoadedComponent } from '#wit/interfaces';
import { callMisused, closed, tooManyCalls } from '../../errors.ts';
import { engineDefaults } from '../../limits.ts';
import { Admission } from './admission.ts';
import { type CallOwner, WasmtimeCall } from './call.ts';
import { type CodeOptions, type LoadedCode, NativeCode } from './code.ts';
import { type EngineFigures, kindOfTurn, numberOf } from './native.ts';
import { OpenCalls } from './open-calls.ts';
import { turnNumbers } from './turn-numbers.ts';

/** Settings of the engine. */
export interface WasmtimeEngineOptions extends CodeOptions {
  /** Calls open at the same time, those that wait for room included. */
  readonly callsOpenMax?: number;
}

/** The engine, with what only this one can tell. */
export interface WasmtimeEngine extends Engine {
  /** How instances are allocated; nothing before the first component was loaded. */
  readonly allocation: string | undefined;
  figures(): EngineFigures;
  /** Waits until no tool is being compiled in the background. */
  settled(): Promise<void>;
}

/** Turns that run or are about to, beyond which workers take their share: below it a hop costs more than it wins. */
const crowdedCalls = 8;
/** Turns that wait for each worker at most before this thread goes on by itself. */
const backlogPerWorker = 4;

/** Creates the engine. The owner disposes of it. @throws what Node throws where the native library is not there. */
export function createWasmtimeEngine(options: WasmtimeEngineOptions = {}): WasmtimeEngine {
  return new NativeEngineHolder(options);
}

/** The public one, and what calls ask of it. */
class NativeEngineHolder implements WasmtimeEngine, CallOwner {
  readonly name = 'wasmtime';
  readonly numbers = new Float64Array(numberOf.count);
  readonly #code: NativeCode;
  readonly #callsOpenMax: number;
  readonly #admission = new Admission();
  readonly #onWorkers = new Map<number, WasmtimeCall>();
  readonly #open = new OpenCalls();
  #waiting = 0;
  /** Whether an instance waits to be cleared. */
  #untidy = false;
  #calls = 0;
  #closed = false;

  constructor({ callsOpenMax = engineDefaults.callsOpenMax, ...options }: WasmtimeEngineOptions) {
    this.#callsOpenMax = callsOpenMax;
    this.#code = new NativeCode(options, this.numbers, () => this.#takeFinished());
  }

  get allocation(): string | undefined {
    return this.#code.allocation;
  }

  figures(): EngineFigures {
    return this.#code.native?.figures() ?? { instances: 0, memories: 0, stacks: 0, suspended: 0, onWorkers: 0 };
  }

  settled(): Promise<void> {
    return this.#code.settled();
  }

  async compile(component: Uint8Array): Promise<Uint8Array> {
    this.#checkOpen();
    const bytes = component.slice();
    const loaded = await this.#code.load(referenceTo(bytes));
    loaded[Symbol.dispose]();
    return bytes;
  }

  async load(component: Uint8Array | ComponentReference): Promise<LoadedComponent> {
    this.#checkOpen();
    const loaded = await this.#code.load(component instanceof Uint8Array ? referenceTo(component.slice()) : component);
    if (this.#closed) {
      loaded[Symbol.dispose]();
      throw closed('engine');
    }
    return new WasmtimeComponent(this, loaded);
  }

  open(code: LoadedCode, limits: EngineLimits, busy: number): EngineCall {
    this.#checkOpen();
    if (this.#open.size >= this.#callsOpenMax) throw tooManyCalls(this.#callsOpenMax);
    const { native } = this.#code;
    if (!native) throw closed('engine');
    if (limits.fuelMax !== undefined && !this.#code.fuel) throw callMisused('the engine does not count instructions');
    this.#calls = (this.#calls + 1) >>> 0;
    const call = new WasmtimeCall(this.#calls, { code, limits, native, busy }, this);
    code.hold();
    call.place = this.#open.add(call);
    return call;
  }

  admit(call: WasmtimeCall): boolean {
    return this.#admission.admit(call, call.code.weight);
  }

  prepare({ code, limits }: WasmtimeCall): number {
    turnNumbers(this.numbers, limits, code.weight);
    return code.take();
  }

  moved(call: WasmtimeCall): void {
    this.#onWorkers.set(call.number, call);
  }

  waits(waiting: boolean): void {
    this.#waiting += waiting ? 1 : -1;
  }

  over(call: WasmtimeCall, admitted: boolean): void {
    this.#open.remove(call.place);
    if (this.#onWorkers.size > 0) this.#onWorkers.delete(call.number);
    call.code.letGo();
    this.#admission.leave(call, admitted ? call.code.weight : 0);
    if (this.#untidy) return;
    this.#untidy = true;
    // In the round of the event loop after the next: answers leave in one or two writes (HTTP/2's trailers in the second), and nobody is to wait for this.
    setImmediate(() => setImmediate(() => this.#tidy()));
  }

  /** Many calls are at work, and workers have not enough of them. */
  crowded({ busy }: WasmtimeCall): boolean {
    if (Math.max(busy, this.#open.size - this.#waiting) <= crowdedCalls) return false;
    const { native, workers } = this.#code;
    return native !== undefined && native.waitingForWorkers() < workers * backlogPerWorker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const call of this.#open) call.engineClosed();
    await this.#code[Symbol.asyncDispose]();
  }

  #tidy(): void {
    this.#untidy = false;
    if (!this.#closed) this.#code.native?.tidy();
  }

  #takeFinished(): void {
    const { native } = this.#code;
    if (!native || this.#closed) return;
    for (;;) {
      const turn = native.nextFinished();
      if (this.numbers[numberOf.kind] === kindOfTurn.none) return;
      const number = this.numbers[numberOf.call] ?? 0;
      const call = this.#onWorkers.get(number);
      this.#onWorkers.delete(number);
      call?.finished(turn);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw closed('engine');
  }
}

function referenceTo(bytes: Uint8Array): ComponentReference {
  return { key: hashBytes(bytes), bytes: async () => bytes };
}

/** One holder's component. Closing it leaves calls that are open alone. */
class WasmtimeComponent implements LoadedComponent {
  readonly imports: readonly string[];
  readonly #engine: NativeEngineHolder;
  #code: LoadedCode | undefined;

  constructor(engine: NativeEngineHolder, code: LoadedCode) {
    this.#engine = engine;
    this.#code = code;
    this.imports = code.imports;
  }

  open(limits: EngineLimits, busy = 0): EngineCall {
    if (!this.#code) throw closed('component');
    return this.#engine.open(this.#code, limits, busy);
  }

  [Symbol.dispose](): void {
    this.#code?.[Symbol.dispose]();
    this.#code = undefined;
  }
}
