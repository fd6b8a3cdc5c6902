/** A worker of the `v8` engine: holds many suspended instances and runs one turn at a time. Started by `worker-pool.ts`. */
import { compileFunction } from 'node:vm';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Guest, type GuestComponent, type Instantiate, type OutcomeAndBlobs, endedBy } from './guest.ts';
import {
  type BeginMessage,
  type LoadMessage,
  type RebuildMessage,
  type ResumeMessage,
  type ToWorker,
  type TurnMessage,
  type WorkerStart,
  signatureOf,
} from './messages.ts';
import { MemoryImage } from './memory-image.ts';
import { FreeMemories, MemoryPool } from './memory-pool.ts';
import { TurnClock, monotonicMs } from './turn-clock.ts';

/** Texts of glue that stay evaluated. Components that use one keep it. */
const glueMax = 64;

/** The state of a worker. */
class GuestWorker {
  readonly #port: MessagePort;
  readonly #start: WorkerStart;
  readonly #clock: TurnClock;
  readonly #components = new Map<number, GuestComponent>();
  readonly #glue = new Map<string, Instantiate>();
  readonly #calls = new Map<number, Guest>();
  readonly #freeMemories = new FreeMemories();
  /** Instances made ahead, of the component that was called last. */
  #spares: { readonly component: number; readonly guests: Guest[] } = { component: 0, guests: [] };

  constructor(port: MessagePort, start: WorkerStart) {
    this.#port = port;
    this.#start = start;
    this.#clock = new TurnClock(start.clock);
  }

  /** Says that it is ready, and answers what it is sent. */
  listen(): void {
    this.#port.on('message', (message: ToWorker) => this.#receive(message));
    this.#port.postMessage('ready');
  }

  #receive(message: ToWorker): void {
    switch (message[0]) {
      case 'load':
        return this.#load(message);
      case 'unload':
        return this.#unload(message[1]);
      case 'begin':
        return this.#begin(message);
      case 'resume':
        return this.#resume(message);
      case 'rebuild':
        return this.#rebuild(message);
      case 'drop':
        this.#calls.get(message[1])?.[Symbol.dispose]();
        this.#calls.delete(message[1]);
    }
  }

  #load([, component, glue, modules, spares, memory]: LoadMessage): void {
    let instantiate = this.#glue.get(glue);
    if (!instantiate) {
      // Glue is jco's text, checked by its hash on the way from the cache; a component's names in it are checked before it is made.
      instantiate = compileFunction(glue)() as Instantiate;
      this.#glue.set(glue, instantiate);
      for (const oldest of this.#glue.keys()) {
        if (this.#glue.size <= glueMax) break;
        this.#glue.delete(oldest);
      }
    }
    const [memoryModule, pagesMin, pagesMax, detached] = memory;
    this.#components.set(component, {
      instantiate,
      modules: new Map(modules),
      functions: this.#start.functions,
      spares,
      memoryModule,
      memories: new MemoryPool(pagesMin, pagesMax, this.#freeMemories),
      detached: detached && { image: new MemoryImage(detached[0]), imports: detached[1] },
    });
  }

  /** Calls that are open keep their memories; none comes back. */
  #unload(component: number): void {
    this.#components.get(component)?.memories[Symbol.dispose]();
    this.#components.delete(component);
    if (this.#spares.component === component) this.#keepSparesOf(0);
  }

  #begin([, turn, call, component, limits, begin]: BeginMessage): void {
    const guest = this.#instance(turn, component);
    if (!guest) return;
    this.#clock.start(turn, false);
    const started = monotonicMs();
    const result = guest.begin(begin, limits);
    this.#calls.set(call, guest);
    this.#end(turn, call, guest, result, started);
    this.#prepareSpare(component);
  }

  #resume([, turn, call, resume]: ResumeMessage): void {
    const guest = this.#calls.get(call);
    this.#clock.start(turn, false);
    const started = monotonicMs();
    if (!guest) throw new Error('a turn was sent to a worker that does not hold its call');
    this.#end(turn, call, guest, guest.resume(resume), started);
  }

  /** Runs the recorded turns again, then the last one, which has no signature yet. */
  #rebuild([, turn, call, component, limits, begin, resumes, signatures]: RebuildMessage): void {
    const guest = this.#instance(turn, component);
    if (!guest) return;
    this.#clock.start(turn, true);
    let started = monotonicMs();
    let result = guest.begin(begin, limits);
    for (const [index, resume] of resumes.entries()) {
      const { operations, abandoned } = guest.recorder.takeTurn();
      if (result.outcome[0] !== 'waiting' || signatureOf(operations, abandoned) !== signatures[index]) {
        const cause = `turn ${index} of the repetition started other operations than the first time`;
        const outcome = ['ended', 'TOOL_TRAPPED', 'Cannot rebuild the call: it does not repeat itself', cause] as const;
        return this.#post(turn, { outcome, blobs: [] }, undefined, started);
      }
      this.#clock.start(turn, index < resumes.length - 1);
      started = monotonicMs();
      result = guest.resume(resume);
    }
    this.#calls.set(call, guest);
    this.#end(turn, call, guest, result, started);
  }

  /** A fresh instance. Making one runs the guest's start function, if it has one: the clock runs; where it fails the turn has ended. */
  #instance(turn: number, number: number): Guest | undefined {
    const component = this.#components.get(number);
    if (!component) throw new Error('a call was sent to a worker that does not have its component');
    const spare = this.#spares.component === number ? this.#spares.guests.pop() : undefined;
    if (spare) return spare;
    this.#clock.start(turn, false);
    const started = monotonicMs();
    try {
      return new Guest(component);
    } catch (error) {
      this.#post(turn, { outcome: endedBy(error), blobs: [] }, undefined, started);
      return undefined;
    }
  }

  #end(turn: number, call: number, guest: Guest, result: OutcomeAndBlobs, started: number): void {
    this.#post(turn, result, guest, started);
    if (result.outcome[0] === 'waiting') return;
    this.#calls.delete(call);
    guest[Symbol.dispose]();
  }

  #post(turn: number, { outcome, blobs }: OutcomeAndBlobs, guest: Guest | undefined, started: number): void {
    const computeMs = monotonicMs() - started;
    this.#clock.stop();
    const recorded = guest?.recorder.takeTurn() ?? { operations: [], abandoned: [], logs: [], logBytesDropped: 0 };
    const leaves = outcome[0] !== 'ended';
    const message: TurnMessage = [
      turn,
      outcome,
      blobs,
      leaves ? recorded.operations : [],
      leaves ? recorded.abandoned : [],
      recorded.logs,
      recorded.logBytesDropped,
      computeMs,
      guest?.memoryBytes ?? 0,
    ];
    // jco lifts each blob into a buffer of its own.
    this.#port.postMessage(
      message,
      blobs.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  /** Spares of another component give their memories back. */
  #keepSparesOf(component: number): void {
    for (const guest of this.#spares.guests) guest[Symbol.dispose]();
    this.#spares = { component, guests: [] };
  }

  /** After the reply is on its way: the next call of this component finds its instance made. */
  #prepareSpare(number: number): void {
    const component = this.#components.get(number);
    if (!component?.spares) return;
    setImmediate(() => {
      if (this.#spares.component !== number) this.#keepSparesOf(number);
      if (this.#spares.guests.length >= this.#start.sparesMax || !this.#components.has(number)) return;
      try {
        this.#spares.guests.push(new Guest(component));
      } catch {
        // No memory for it now: the next call tries again and says so.
      }
    });
  }
}

if (parentPort) new GuestWorker(parentPort, workerData as WorkerStart).listen();
