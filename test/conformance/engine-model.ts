/**
 * What an engine has to do, without one: a call as a state machine, and the border of its guest as plain data. A guest is a function of what it is told,
 * so a turn is known before it runs; `RawGuest` is the guest of one-letter commands, `ScriptGuest` a tool in JavaScript.
 */
import type {
  CallStart,
  Completion,
  EngineLimits,
  GuestError,
  LogLine,
  ReadyOperation,
  StartedOperation,
  Turn,
} from '#wit/interfaces';

/** How a turn has to end. */
export type ExpectedOutcome =
  | { readonly kind: 'done'; readonly output: string }
  | { readonly kind: 'failed'; readonly error: Pick<GuestError, 'code' | 'message' | 'retryable'> }
  | { readonly kind: 'waiting' }
  /** `or`: another code that says the same; an engine may give either. */
  | { readonly kind: 'ended'; readonly code: string; readonly or?: string | undefined };

/** What a turn has to be. Compute time is nobody's to know; memory only where the guest counts its own pages. */
export interface ExpectedTurn extends Omit<Turn, 'outcome' | 'computeMs' | 'memoryBytes'> {
  readonly outcome: ExpectedOutcome;
  readonly memoryBytes: number | undefined;
}

/** How a guest ended its turn, and the blobs that go with it. */
export interface GuestTurn {
  readonly outcome: ExpectedOutcome;
  readonly blobs: readonly Uint8Array[];
  readonly memoryBytes?: number;
}

/** A guest: what it does with its border, turn by turn. */
export interface Guest {
  begin(call: CallStart): GuestTurn;
  resume(ready: readonly number[], nowMs: number): GuestTurn;
}

/** Ends a turn from inside, as a trap does. */
export class Fault extends Error {
  readonly code: string;
  readonly or: string | undefined;

  constructor(code: string, or?: string) {
    super(code);
    this.code = code;
    this.or = or;
  }
}

/** Where the blobs of an operation's arguments stand: only `kv.set` has one here. */
const blobArgument = 2;

/** What the imports of an instance remember. */
export class Border {
  readonly #limits: EngineLimits;
  readonly #open = new Map<number, StartedOperation>();
  readonly #ready = new Map<number, { readonly name: string; readonly completion: Completion }>();
  #nextId = 1;
  #logBytesLeft: number;
  #started: StartedOperation[] = [];
  #abandoned: number[] = [];
  #logs: LogLine[] = [];
  #logBytesDropped = 0;

  constructor(limits: EngineLimits) {
    this.#limits = limits;
    this.#logBytesLeft = limits.logBytesMax;
  }

  /** Ids of open operations. */
  get open(): readonly StartedOperation[] {
    return [...this.#open.values()];
  }

  start(name: StartedOperation['name'], ...args: readonly unknown[]): number {
    if (this.#open.size >= this.#limits.operationsOpenMax) throw new Fault('OPERATIONS_EXCEEDED');
    const operation = { id: this.#nextId, name, args };
    this.#nextId += 1;
    this.#open.set(operation.id, operation);
    this.#started.push(operation);
    return operation.id;
  }

  /** `timer.clear`: gives up a timer that is open; anything else is nothing to it. */
  clear(id: number): void {
    if (this.#open.get(id)?.name !== 'timer.sleep') return;
    this.#open.delete(id);
    if (this.#started.some((operation) => operation.id === id))
      this.#started = this.#started.filter((operation) => operation.id !== id);
    else this.#abandoned.push(id);
  }

  /** Announces completions; unknown and repeated ids are ignored. Gives the ids that the guest hears of. */
  deliver(ready: readonly ReadyOperation[]): readonly number[] {
    const announced: number[] = [];
    for (const { id, completion } of ready) {
      const operation = this.#open.get(id);
      if (!operation) continue;
      this.#open.delete(id);
      this.#ready.set(id, { name: operation.name, completion });
      announced.push(id);
    }
    return announced;
  }

  /** Takes what was announced, once, by its own function. */
  take(id: number, name = this.nameOf(id)): Completion {
    const found = this.#ready.get(id);
    if (!found || found.name !== name) throw new Fault('TOOL_TRAPPED');
    this.#ready.delete(id);
    return found.completion;
  }

  /** Which operation was announced. */
  nameOf(id: number): string | undefined {
    return this.#ready.get(id)?.name;
  }

  log(message: string): void {
    const bytes = Buffer.byteLength(message);
    if (bytes > this.#logBytesLeft) {
      this.#logBytesDropped += bytes;
    } else {
      this.#logBytesLeft -= bytes;
      this.#logs.push({ level: 'info', message, fields: undefined });
    }
  }

  /** Runs a turn and says what leaves with it. */
  turn(run: () => GuestTurn): ExpectedTurn {
    const { outcome, blobs, memoryBytes } = this.#outcomeOf(run);
    const leaves = outcome.kind !== 'ended';
    const turn: ExpectedTurn = {
      outcome,
      blobs: leaves ? blobs : [],
      operations: leaves ? this.#started : [],
      abandoned: leaves ? this.#abandoned : [],
      logs: this.#logs,
      logBytesDropped: this.#logBytesDropped,
      memoryBytes: leaves ? memoryBytes : undefined,
    };
    this.#started = [];
    this.#abandoned = [];
    this.#logs = [];
    this.#logBytesDropped = 0;
    return turn;
  }

  #outcomeOf(run: () => GuestTurn): GuestTurn {
    try {
      const turn = run();
      this.#check(turn);
      return turn;
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      return { outcome: { kind: 'ended', code: fault.code, or: fault.or }, blobs: [] };
    }
  }

  #check({ outcome, blobs }: GuestTurn): void {
    const bytes = blobs.reduce((sum, { length }) => sum + length, textBytes(outcome));
    if (bytes > this.#limits.outputBytesMax || blobs.length > 1_024) throw new Fault('VALUE_TOO_LARGE');
    for (const { name, args } of this.#started) {
      const index = Number(args[blobArgument]);
      if (name === 'kv.set' && !(index >= 0 && index < blobs.length)) throw new Fault('TOOL_TRAPPED');
    }
  }
}

function textBytes(outcome: ExpectedOutcome): number {
  switch (outcome.kind) {
    case 'done':
      return Buffer.byteLength(outcome.output);
    case 'failed':
      return Buffer.byteLength(outcome.error.code) + Buffer.byteLength(outcome.error.message);
    case 'waiting':
    case 'ended':
      return 0;
  }
}

/** A turn that the engine ended, with nothing that leaves. */
export function endedTurn(code: string): ExpectedTurn {
  const nothing = { blobs: [], operations: [], abandoned: [], logs: [], logBytesDropped: 0 };
  return { outcome: { kind: 'ended', code }, ...nothing, memoryBytes: undefined };
}

/** A call: which of its methods may be used when, and what comes of it. A misuse is answered with `misused`, and changes nothing. */
export class CallModel {
  readonly #guest: Guest;
  readonly #border: Border;
  #state: 'new' | 'running' | 'suspended' | 'over' = 'new';
  #turn: ExpectedTurn | undefined;

  constructor(limits: EngineLimits, guestOf: (border: Border) => Guest) {
    this.#border = new Border(limits);
    this.#guest = guestOf(this.#border);
  }

  get state(): 'new' | 'running' | 'suspended' | 'over' {
    return this.#state;
  }

  /** Operations that a resume may complete. */
  get open(): readonly StartedOperation[] {
    return this.#state === 'suspended' ? this.#border.open : [];
  }

  /** What the turn under way has to come to. */
  get turn(): ExpectedTurn {
    if (!this.#turn) throw new Error('no turn is under way');
    return this.#turn;
  }

  begin(call: CallStart): 'runs' | 'misused' {
    if (this.#state !== 'new') return 'misused';
    return this.#run(() => this.#guest.begin(call));
  }

  resume(ready: readonly ReadyOperation[], nowMs: number): 'runs' | 'misused' {
    if (this.#state !== 'suspended') return 'misused';
    const announced = this.#border.deliver(ready);
    return this.#run(() => this.#guest.resume(announced, nowMs));
  }

  /** The caller has seen the turn. `outcome`: where the engine ended it earlier than the model. */
  settled(outcome: 'as expected' | 'ended'): void {
    this.#state = outcome === 'as expected' && this.turn.outcome.kind === 'waiting' ? 'suspended' : 'over';
    this.#turn = undefined;
  }

  /** Drops the call: a turn that runs is cancelled. Its lines may have left. */
  dispose(): void {
    if (this.#state !== 'running') this.#state = 'over';
    else this.#turn = { ...endedTurn('CANCELLED'), logs: this.turn.logs };
  }

  #run(run: () => GuestTurn): 'runs' {
    this.#state = 'running';
    this.#turn = this.#border.turn(run);
    return 'runs';
  }
}
