/** A call on its own instance, seen from the engine's thread. */
import type {
  CallStart,
  Completion,
  EngineCall,
  EngineLimits,
  ReadyOperation,
  StartedOperation,
  Turn,
  TurnOutcome,
} from '#wit/interfaces';
import { turnLimits } from '../../limits.ts';
import { callMisused } from '../../errors.ts';
import { BlobCollector, blobRefusal, compact } from '../blob-indexes.ts';
import { callDropped, engineClosed } from '../cancelled.ts';
import { operationNamesByNumber } from '../host-functions.ts';
import { Journal, type Journals } from './journal.ts';
import type { OutcomeMessage, ReadyMessage, ResumeArguments, ToWorker, TurnMessage, WorkerLimits } from './messages.ts';
import type { Kill, PooledCall, PooledComponent, WorkerPool } from './worker-pool.ts';

/** What a call needs of its engine. */
export interface CallOwner {
  readonly pool: WorkerPool;
  readonly journals: Journals;
  /** The component bounded to the memory of the call; an outcome where that cannot be. */
  prepare(memoryBytesMax: number): PooledComponent | Promise<PooledComponent> | TurnOutcome;
  /** Said once, when the call is over. */
  closed(): void;
}

type Ended = Extract<TurnOutcome, { kind: 'ended' }>;
type State = 'new' | 'suspended' | 'running' | 'over';

/** See `EngineCall`. Bytes that `begin` and `resume` are given stay with the call until its end: they must not be changed. */
export class V8Call implements EngineCall, PooledCall {
  readonly #number: number;
  readonly #limits: EngineLimits;
  readonly #owner: CallOwner;
  readonly #open = new Set<number>();
  #state: State = 'new';
  #component: PooledComponent | undefined;
  #journal: Journal | undefined;
  #resume: ResumeArguments | undefined;
  #computeMs = 0;
  #memoryBytes = 0;
  #settle: ((turn: Turn) => void) | undefined;

  constructor(number: number, limits: EngineLimits, owner: CallOwner) {
    this.#number = number;
    this.#limits = limits;
    this.#owner = owner;
  }

  begin(call: CallStart): Promise<Turn> {
    if (this.#state !== 'new') throw callMisused(`the call is ${this.#state}, and begins only once`);
    this.#state = 'running';
    const { promise, resolve } = Promise.withResolvers<Turn>();
    this.#settle = resolve;
    const begin = [call.input, call.blobs.map(compact), call.nowMs, compact(call.seed)] as const;
    this.#journal = new Journal(begin, this.#owner.journals);
    const prepared = this.#owner.prepare(this.#limits.memoryBytesMax);
    if ('kind' in prepared) this.#over(prepared);
    else if (prepared instanceof Promise)
      prepared.then(
        (component) => this.#start(component),
        (error: unknown) => this.#over(unprepared(error)),
      );
    else this.#start(prepared);
    return promise;
  }

  resume(ready: readonly ReadyOperation[], nowMs: number): Promise<Turn> {
    if (this.#state !== 'suspended') throw callMisused(`the call is ${this.#state}`);
    const collector = new BlobCollector();
    const messages: ReadyMessage[] = [];
    const taken = new Set<number>();
    for (const { id, completion } of ready) {
      if (!this.#open.has(id) || taken.has(id)) continue;
      taken.add(id);
      messages.push([id, completion.kind === 'ok', collector.collect(valueOf(completion))]);
    }
    // From here on nothing throws.
    for (const id of taken) this.#open.delete(id);
    this.#state = 'running';
    const { promise, resolve } = Promise.withResolvers<Turn>();
    this.#settle = resolve;
    this.#resume = [messages, collector.blobs, nowMs];
    this.#journal?.resumed(this.#resume, collector.bytes);
    this.#owner.pool.run(this);
    return promise;
  }

  [Symbol.dispose](): void {
    if (this.#state === 'over') return;
    if (this.#state === 'suspended') this.#owner.pool.drop(this);
    else if (this.#state === 'running' && this.#component) this.#owner.pool.cancel(this);
    this.#over(callDropped);
  }

  // What the pool asks.

  get component(): PooledComponent {
    if (!this.#component) throw callMisused('it has no component yet');
    return this.#component;
  }

  get movable(): boolean {
    // What has not begun needs nothing of its journal but its beginning.
    return this.#resume === undefined || this.#journal?.complete === true;
  }

  get computeMsMax(): number {
    return this.#limits.computeMsMax;
  }

  get computeMsLeft(): number {
    return Math.max(0, this.#limits.computeMsMax - this.#computeMs);
  }

  get drop(): ToWorker {
    return ['drop', this.#number];
  }

  message(turn: number, here: boolean): ToWorker {
    const journal = this.#journal;
    const { number } = this.component;
    if (this.#resume && here) return ['resume', turn, this.#number, this.#resume];
    if (!journal?.begin) throw callMisused('it has no journal');
    const { begin, resumes, signatures } = journal;
    if (!this.#resume) return ['begin', turn, this.#number, number, this.#workerLimits, begin];
    return ['rebuild', turn, this.#number, number, this.#workerLimits, begin, resumes, signatures];
  }

  turnEnded(message: TurnMessage): void {
    if (this.#state !== 'running') return;
    const [, outcome, blobs, operations, , , , computeMs, memoryBytes] = message;
    this.#computeMs += computeMs;
    this.#memoryBytes = Math.max(this.#memoryBytes, memoryBytes);
    const started = operations.flatMap(([id, number, args]): StartedOperation[] => {
      const name = operationNamesByNumber[number];
      return name ? [{ id, name, args }] : [];
    });
    const refusal =
      this.#computeMs > this.#limits.computeMsMax ? overrun(this.#limits) : blobRefusal(started, blobs.length);
    if (refusal) return this.#refuse(refusal, message);
    const turn = turnOf(message, outcomeOf(outcome), started);
    if (outcome[0] !== 'waiting') return this.#over(turn.outcome, turn);
    for (const { id } of turn.operations) this.#open.add(id);
    for (const id of turn.abandoned) this.#open.delete(id);
    this.#journal?.ended(message);
    this.#state = 'suspended';
    this.#settle?.(turn);
  }

  turnKilled(kill: Kill): void {
    const outcome = killed(kill, this.#limits);
    // What it said and did is gone with its worker; that it used its time up is known.
    const computeMs = kill.kind === 'deadline' ? this.computeMsLeft : 0;
    this.#over(outcome, { ...emptyTurn(outcome, this.#memoryBytes), computeMs });
  }

  #start(component: PooledComponent): void {
    // Dropped while the component was compiled.
    if (this.#state !== 'running') return;
    this.#component = component;
    this.#owner.pool.run(this);
  }

  get #workerLimits(): WorkerLimits {
    const { outputBytesMax, logBytesMax, operationsOpenMax } = this.#limits;
    return [outputBytesMax, logBytesMax, operationsOpenMax, turnLimits.blobsMax, turnLimits.argumentBytesMax];
  }

  /** The engine ends a turn that the guest has finished: logs stay, operations do not leave. */
  #refuse(outcome: Ended, message: TurnMessage): void {
    this.#owner.pool.drop(this);
    const [turn, , , , , logs, dropped, computeMs, memoryBytes] = message;
    this.#over(outcome, turnOf([turn, ['waiting'], [], [], [], logs, dropped, computeMs, memoryBytes], outcome, []));
  }

  #over(outcome: TurnOutcome, turn?: Turn): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#journal?.letGo();
    this.#journal = undefined;
    this.#resume = undefined;
    this.#open.clear();
    this.#settle?.(turn ?? emptyTurn(outcome, this.#memoryBytes));
    this.#owner.closed();
  }
}

function valueOf(completion: Completion): unknown {
  return completion.kind === 'ok' ? completion.value : completion.error;
}

function emptyTurn(outcome: TurnOutcome, memoryBytes: number): Turn {
  return { outcome, blobs: [], operations: [], abandoned: [], logs: [], logBytesDropped: 0, computeMs: 0, memoryBytes };
}

function turnOf(message: TurnMessage, outcome: TurnOutcome, operations: readonly StartedOperation[]): Turn {
  const [, , blobs, , abandoned, logs, logBytesDropped, computeMs, memoryBytes] = message;
  const lines = logs.map(([level, text, fields]) => ({
    level: level as 'debug' | 'info' | 'warn' | 'error',
    message: text,
    fields,
  }));
  return { outcome, blobs, operations, abandoned, logs: lines, logBytesDropped, computeMs, memoryBytes };
}

function outcomeOf(message: OutcomeMessage): TurnOutcome {
  switch (message[0]) {
    case 'done':
      return { kind: 'done', output: message[1] };
    case 'failed': {
      const [, code, text, retryable, details, stack] = message;
      return { kind: 'failed', error: { code, message: text, retryable, details, stack } };
    }
    case 'waiting':
      return { kind: 'waiting' };
    case 'ended':
      return { kind: 'ended', code: message[1], message: message[2], cause: message[3] };
  }
}

function overrun({ computeMsMax }: EngineLimits): Ended {
  return {
    kind: 'ended',
    code: 'DEADLINE_EXCEEDED',
    message: `Cannot finish the call: it computed for more than ${computeMsMax} ms`,
    cause: 'compute',
  };
}

function killed(kill: Kill, limits: EngineLimits): Ended {
  switch (kill.kind) {
    case 'deadline':
      return overrun(limits);
    case 'cancelled':
      return engineClosed;
    case 'out-of-memory':
      return {
        kind: 'ended',
        code: 'MEMORY_EXCEEDED',
        message: 'Cannot finish the turn: what it brought out filled its worker',
        cause: kill.cause,
      };
    case 'crashed':
      return {
        kind: 'ended',
        code: 'TOOL_TRAPPED',
        message: 'Cannot finish the turn: its worker ended',
        cause: kill.cause,
      };
    case 'not-movable':
      return {
        kind: 'ended',
        code: 'UNAVAILABLE',
        message: 'Cannot go on: its worker ended, and its journal was over the maximum',
        cause: 'journal',
      };
    case 'no-workers':
      return {
        kind: 'ended',
        code: 'UNAVAILABLE',
        message: 'Cannot run the turn: no worker starts',
        cause: kill.cause,
      };
  }
}

/** Compiling cannot fail for what a tool did at run time: its bytes were checked when it was loaded. */
function unprepared(error: unknown): Ended {
  const cause = error instanceof Error ? error.message : String(error);
  return {
    kind: 'ended',
    code: 'UNAVAILABLE',
    message: 'Cannot make an instance: the component does not compile',
    cause: cause.slice(0, 500),
  };
}
