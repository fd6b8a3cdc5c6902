/**
 * Workers and whose turn runs where.
 *
 * Invariants:
 * - a worker runs at most one turn at a time, so an overrun has one culprit;
 * - a call whose worker is ended, or held by another turn for longer than a slice, is rebuilt elsewhere from its journal when its own turn
 *   comes; a call that nobody resumes costs nothing then;
 * - no message of a worker that was ended is looked at.
 */
import { Worker } from 'node:worker_threads';
import type { FromWorker, LoadMessage, ToWorker, TurnMessage, WorkerStart } from './messages.ts';
import type { HostFunction } from '../host-functions.ts';
import { TurnClock } from './turn-clock.ts';

/** How the pool spends the machine; see `engineDefaults`. */
export interface PoolSettings {
  readonly sliceMs: number;
  readonly workersUsual: number;
  readonly workersMax: number;
  readonly workerIdleMs: number;
  readonly workerStackMb: number;
  readonly workerHeapMb: number;
  readonly sparesMax: number;
}

/** A component with its modules, as workers load it. */
export interface PooledComponent {
  readonly number: number;
  readonly load: LoadMessage;
}

/** Why a turn was ended from outside. */
export type Kill =
  | { readonly kind: 'deadline' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'out-of-memory'; readonly cause: string }
  | { readonly kind: 'crashed'; readonly cause: string }
  | { readonly kind: 'not-movable' }
  | { readonly kind: 'no-workers'; readonly cause: string };

/** A call as the pool sees it. */
export interface PooledCall {
  readonly component: PooledComponent;
  /** Whether a worker that does not hold it can run its next turn: it is new, or its journal can rebuild it. */
  readonly movable: boolean;
  /** Compute time that is left of `computeMsMax`. */
  readonly computeMsLeft: number;
  readonly computeMsMax: number;
  /** The message of its next turn; `here`: the worker holds its instance. */
  message(turn: number, here: boolean): ToWorker;
  /** The message that drops its instance. */
  readonly drop: ToWorker;
  turnEnded(message: TurnMessage): void;
  turnKilled(kill: Kill): void;
}

interface Running {
  readonly call: PooledCall;
  readonly turn: number;
  cancelled: boolean;
  timer: NodeJS.Timeout | undefined;
}

interface PoolWorker {
  readonly thread: Worker;
  readonly clock: TurnClock;
  readonly components: Set<number>;
  /** Calls whose instances it holds. */
  readonly homes: Set<PooledCall>;
  /** Calls of its own that wait for it. */
  readonly waiting: Set<PooledCall>;
  ready: boolean;
  ended: boolean;
  running: Running | undefined;
  /** The running turn has had more than a slice. */
  overdue: boolean;
  idleTimer: NodeJS.Timeout | undefined;
}

/** Workers that die before they have started, in a row: then there is no use in another. */
const startFailuresMax = 3;
const turnNumberMax = 0x7fff_ffff;

/** The workers of an engine. */
export class WorkerPool implements AsyncDisposable {
  readonly #settings: PoolSettings;
  readonly #functions: readonly HostFunction[];
  readonly #workers = new Set<PoolWorker>();
  readonly #homes = new Map<PooledCall, PoolWorker>();
  /** Calls whose next turn any worker may run. */
  readonly #queue = new Set<PooledCall>();
  readonly #endings = new Set<Promise<unknown>>();
  #turns = 0;
  #pending = 0;
  #startFailures = 0;
  #closed = false;

  constructor(settings: PoolSettings, functions: readonly HostFunction[]) {
    this.#settings = settings;
    this.#functions = functions;
  }

  /** Threads that are there now. */
  get workers(): number {
    return this.#workers.size;
  }

  /** Starts a worker before the first call asks for one. */
  warm(): void {
    if (this.#workers.size === 0) this.#spawn();
  }

  /** Runs the next turn of a call; `turnEnded` or `turnKilled` follows, never within this call. */
  run(call: PooledCall): void {
    this.#count(+1);
    const home = this.#homes.get(call);
    if (this.#closed) {
      this.#kill(call, { kind: 'cancelled' });
    } else if (!home) {
      // Its worker ended while it was suspended. From the start again it would repeat what it has done.
      if (!call.movable) return this.#kill(call, { kind: 'not-movable' });
      this.#queue.add(call);
      this.#pump();
    } else if (!home.running) {
      this.#dispatch(home, call);
    } else if (home.overdue && call.movable) {
      this.#move(home, call);
      this.#pump();
    } else {
      home.waiting.add(call);
    }
  }

  /** Gives up the turn that a call waits for; a turn that runs may finish its slice. Nothing more is said to the call. */
  cancel(call: PooledCall): void {
    const home = this.#homes.get(call);
    if (this.#queue.delete(call) || home?.waiting.delete(call)) {
      this.#count(-1);
      this.drop(call);
    } else if (home?.running?.call === call) {
      home.running.cancelled = true;
      if (home.overdue) this.#end(home, { kind: 'cancelled' });
    }
  }

  /** Drops the instance of a call that runs no turn. */
  drop(call: PooledCall): void {
    const home = this.#homes.get(call);
    if (!home) return;
    this.#leave(home, call);
    home.thread.postMessage(call.drop);
    this.#considerRetiring(home);
  }

  /** Forgets a component. Calls that are open keep what they have. */
  unload(component: PooledComponent): void {
    for (const worker of this.#workers) {
      if (worker.components.delete(component.number))
        worker.thread.postMessage(['unload', component.number] satisfies ToWorker);
    }
  }

  /** Ends every worker; turns that run are cancelled. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const call of this.#queue) this.#kill(call, { kind: 'cancelled' });
    this.#queue.clear();
    for (const worker of [...this.#workers]) this.#end(worker, { kind: 'cancelled' });
    await Promise.all(this.#endings);
  }

  #pump(): void {
    for (const call of this.#queue) {
      const worker = this.#idleWorker(call);
      if (!worker) break;
      this.#queue.delete(call);
      // Its journal was let go while it waited.
      if (call.movable) this.#dispatch(worker, call);
      else this.#kill(call, { kind: 'not-movable' });
    }
    if (this.#queue.size > 0) this.#grow();
  }

  /** The idle worker with the fewest calls; one that has the component loaded before one that has not. */
  #idleWorker(call: PooledCall): PoolWorker | undefined {
    let best: PoolWorker | undefined;
    const loaded = (worker: PoolWorker): number => (worker.components.has(call.component.number) ? 0 : 1);
    for (const worker of this.#workers) {
      if (!worker.ready || worker.running) continue;
      if (
        !best ||
        loaded(worker) < loaded(best) ||
        (loaded(worker) === loaded(best) && worker.homes.size < best.homes.size)
      )
        best = worker;
    }
    return best;
  }

  /** Up to the usual number at once; beyond it only where a turn overruns, so that spinners never hold every worker. */
  #grow(): void {
    const starting = [...this.#workers].filter(({ ready }) => !ready).length;
    const overdue = [...this.#workers].filter((worker) => worker.overdue).length;
    const wanted = Math.min(this.#settings.workersUsual + overdue, this.#settings.workersMax);
    if (starting < this.#queue.size && this.#workers.size < wanted) this.#spawn();
  }

  #spawn(): void {
    if (this.#closed) return;
    const clock = new TurnClock();
    const workerData: WorkerStart = {
      functions: this.#functions,
      sparesMax: this.#settings.sparesMax,
      clock: clock.buffer,
    };
    const thread = new Worker(new URL('./guest-worker.ts', import.meta.url), {
      workerData,
      // Nothing of the process reaches a worker, and nothing of it is printed.
      env: {},
      argv: [],
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: {
        stackSizeMb: this.#settings.workerStackMb,
        maxOldGenerationSizeMb: this.#settings.workerHeapMb,
      },
    });
    thread.stdout.resume();
    thread.stderr.resume();
    const worker: PoolWorker = {
      thread,
      clock,
      components: new Set(),
      homes: new Set(),
      waiting: new Set(),
      ready: false,
      ended: false,
      running: undefined,
      overdue: false,
      idleTimer: undefined,
    };
    this.#workers.add(worker);
    if (this.#pending === 0) thread.unref();
    thread.on('message', (message: FromWorker) => this.#receive(worker, message));
    thread.on('error', (error: NodeJS.ErrnoException) => {
      const kind = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out-of-memory' : 'crashed';
      this.#end(worker, { kind, cause: `${error.name}: ${error.message}` });
    });
    thread.on('exit', (code) => this.#end(worker, { kind: 'crashed', cause: `the worker exited with ${code}` }));
  }

  #receive(worker: PoolWorker, message: FromWorker): void {
    if (worker.ended) return;
    if (message === 'ready') {
      worker.ready = true;
      this.#startFailures = 0;
      this.#pump();
      return;
    }
    const { running } = worker;
    if (running?.turn !== message[0]) return;
    this.#settle(worker);
    const waits = message[1][0] === 'waiting';
    if (!waits) this.#leave(worker, running.call);
    else if (running.cancelled) this.drop(running.call);
    this.#count(-1);
    this.#next(worker);
    if (!running.cancelled) running.call.turnEnded(message);
  }

  #next(worker: PoolWorker): void {
    const [call] = worker.waiting;
    if (call) {
      worker.waiting.delete(call);
      this.#dispatch(worker, call);
    } else {
      this.#pump();
      this.#considerRetiring(worker);
    }
  }

  #dispatch(worker: PoolWorker, call: PooledCall): void {
    clearTimeout(worker.idleTimer);
    this.#turns = (this.#turns % turnNumberMax) + 1;
    const turn = this.#turns;
    const { component } = call;
    if (!worker.components.has(component.number)) {
      worker.components.add(component.number);
      worker.thread.postMessage(component.load);
    }
    const here = worker.homes.has(call);
    worker.homes.add(call);
    this.#homes.set(call, worker);
    worker.running = { call, turn, cancelled: false, timer: undefined };
    worker.thread.postMessage(call.message(turn, here));
    this.#watch(worker, worker.running, Math.min(this.#settings.sliceMs, call.computeMsLeft));
  }

  #watch(worker: PoolWorker, running: Running, delayMs: number): void {
    running.timer = setTimeout(() => this.#look(worker, running), Math.ceil(delayMs) + 1);
  }

  /** The slice or the deadline of a turn may be over. Only the time in which the turn itself ran counts. */
  #look(worker: PoolWorker, running: Running): void {
    if (worker.running !== running) return;
    const { sliceMs } = this.#settings;
    const elapsedMs = worker.clock.elapsedMs(running.turn);
    // Not begun, or its reply is under way.
    if (elapsedMs === undefined) return this.#watch(worker, running, sliceMs);
    const budgetMs = worker.clock.repeating ? running.call.computeMsMax : running.call.computeMsLeft;
    if (elapsedMs >= budgetMs) return this.#end(worker, { kind: 'deadline' });
    if (elapsedMs < sliceMs) return this.#watch(worker, running, Math.min(sliceMs, budgetMs) - elapsedMs);
    if (running.cancelled) return this.#end(worker, { kind: 'cancelled' });
    if (!worker.overdue) {
      worker.overdue = true;
      for (const call of worker.waiting) if (call.movable) this.#move(worker, call);
      this.#pump();
    }
    // Repeated turns come to an end of their own each; look again at the next slice.
    this.#watch(worker, running, worker.clock.repeating ? sliceMs : budgetMs - elapsedMs);
  }

  /** The call leaves a worker that is held by another turn; its next turn rebuilds it elsewhere. */
  #move(worker: PoolWorker, call: PooledCall): void {
    worker.waiting.delete(call);
    this.#leave(worker, call);
    worker.thread.postMessage(call.drop);
    this.#queue.add(call);
  }

  #leave(worker: PoolWorker, call: PooledCall): void {
    worker.homes.delete(call);
    this.#homes.delete(call);
  }

  #settle(worker: PoolWorker): void {
    clearTimeout(worker.running?.timer);
    worker.running = undefined;
    worker.overdue = false;
  }

  /** Ends a worker. Its running turn is the reason, or the victim; its other calls only lose their home. */
  #end(worker: PoolWorker, kill: Kill): void {
    if (worker.ended) return;
    worker.ended = true;
    this.#workers.delete(worker);
    clearTimeout(worker.idleTimer);
    const { running } = worker;
    this.#settle(worker);
    const ending = worker.thread.terminate().finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
    for (const call of worker.homes) this.#homes.delete(call);
    if (running) {
      if (running.cancelled) this.#count(-1);
      else this.#kill(running.call, kill);
    }
    for (const call of worker.waiting) {
      if (this.#closed) this.#kill(call, { kind: 'cancelled' });
      else if (call.movable) this.#queue.add(call);
      else this.#kill(call, { kind: 'not-movable' });
    }
    if (!worker.ready) this.#startFailed(kill);
    if (!this.#closed && worker.homes.size > 1 && this.#workers.size < this.#settings.workersUsual) this.#spawn();
    this.#pump();
  }

  #startFailed(kill: Kill): void {
    this.#startFailures += 1;
    if (this.#startFailures < startFailuresMax) return;
    const cause = 'cause' in kill ? kill.cause : kill.kind;
    for (const call of this.#queue) this.#kill(call, { kind: 'no-workers', cause });
    this.#queue.clear();
    this.#startFailures = 0;
  }

  #kill(call: PooledCall, kill: Kill): void {
    this.#count(-1);
    queueMicrotask(() => call.turnKilled(kill));
  }

  #considerRetiring(worker: PoolWorker): void {
    clearTimeout(worker.idleTimer);
    if (this.#workers.size <= this.#settings.workersUsual || worker.running || worker.homes.size > 0) return;
    worker.idleTimer = setTimeout(() => {
      if (!worker.running && worker.homes.size === 0) this.#end(worker, { kind: 'cancelled' });
    }, this.#settings.workerIdleMs).unref();
  }

  /** Workers keep the process alive only while a turn is wanted. */
  #count(change: 1 | -1): void {
    this.#pending += change;
    if (change === 1 && this.#pending === 1) for (const { thread } of this.#workers) thread.ref();
    if (change === -1 && this.#pending === 0) for (const { thread } of this.#workers) thread.unref();
  }
}
