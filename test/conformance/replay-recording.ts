/** Runs a call on one engine beside a real host of operations, keeps all that the guest was told, and tells it to another engine. */
import { createMemoryStore, createOperations } from '#host';
import type {
  Caller,
  CallStart,
  Completion,
  EngineCall,
  EngineLimits,
  LoadedComponent,
  Operations,
  ReadyOperation,
  StartedOperation,
  Turn,
} from '#wit/interfaces';
import { parseToken } from '#wit/tokens';
import type { Random } from '../fuzz.ts';
import { FakeClock } from './fake-clock.ts';

/** What a guest was told, and what it said. */
export interface Recording {
  readonly start: CallStart;
  readonly limits: EngineLimits;
  readonly resumes: readonly Resume[];
  readonly turns: readonly Turn[];
}

/** What a tool is called with. */
export interface ToolInput {
  /** JSON with `{"$blob": n}`. */
  readonly input: string;
  readonly blobs: readonly Uint8Array[];
  readonly tokens: readonly string[];
}

interface Resume {
  readonly ready: readonly ReadyOperation[];
  readonly nowMs: number;
}

/** Turns of a call; a program that polls has many. */
const turnsMax = 2_000;
/** The longest timer, in doublings of a millisecond. */
const doublingsMax = 32;

/** Operations on a store that calls share, a clock that jumps, and chance in what comes when. */
export class RecordingHost {
  readonly #random: Random;
  readonly #clock = new FakeClock();
  readonly #operations: Operations = createOperations({ kv: createMemoryStore(), clock: this.#clock });
  readonly #refuses: boolean;
  #calls = 0;

  /** `refuses`: now and then an operation fails although it could be done. */
  constructor(random: Random, { refuses }: { readonly refuses: boolean }) {
    this.#random = random;
    this.#refuses = refuses;
  }

  /** Runs a call to its end, or to where it waits for nothing. */
  async record(
    component: LoadedComponent,
    limits: EngineLimits,
    { input, blobs, tokens }: ToolInput,
  ): Promise<Recording> {
    const start: CallStart = { input, blobs, nowMs: this.#clock.nowMs(), seed: this.#random.bytes(32) };
    using call = component.open(limits);
    using open = new Open(this.#operations, this.#caller(tokens));
    const turns: Turn[] = [];
    const resumes: Resume[] = [];
    for (let turn = await call.begin(start); ;) {
      turns.push(turn);
      if (turn.outcome.kind !== 'waiting' || turns.length > turnsMax) break;
      open.take(turn);
      const ready = await this.#nextReady(open);
      if (!ready) break;
      const resume = { ready, nowMs: this.#clock.nowMs() };
      resumes.push(resume);
      turn = await call.resume(resume.ready, resume.nowMs);
    }
    return { start, limits, resumes, turns };
  }

  #caller(tokens: readonly string[]): Caller {
    this.#calls += 1;
    return { callId: `call-${this.#calls}`, bundle: 'replayed@1.0.0', tool: 'tool', tokens: tokens.map(parseToken) };
  }

  /** A part of what has come, in any order; time goes on by chance, and always where nothing else can happen. */
  async #nextReady(open: Open): Promise<readonly ReadyOperation[] | undefined> {
    if (open.size === 0) return undefined;
    await settled();
    if (this.#random.oneIn(3)) await this.#advance(this.#random.below(20));
    for (let doubling = 0; open.ready.length === 0; doubling += 1) {
      if (doubling > doublingsMax) return undefined;
      await this.#advance(2 ** doubling);
    }
    const count = this.#random.oneIn(2) ? open.ready.length : 1 + this.#random.below(open.ready.length);
    return Array.from({ length: count }, () => this.#refused(open.takeReady(this.#random)));
  }

  async #advance(ms: number): Promise<void> {
    this.#clock.advance(ms);
    await settled();
  }

  #refused(operation: Settled): ReadyOperation {
    const refuses = this.#refuses && operation.name.startsWith('kv.') && this.#random.oneIn(8);
    if (!refuses) return { id: operation.id, completion: operation.completion };
    const error = this.#random.pick([
      { tag: 'access-denied' },
      { tag: 'unavailable', val: 'the store is away' },
      { tag: 'value-too-large', val: 7 },
      { tag: 'store-full', val: 1e6 },
    ]);
    return { id: operation.id, completion: { kind: 'failed', error } };
  }
}

/** Lets promises of operations settle. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Settled {
  readonly id: number;
  readonly name: string;
  readonly completion: Completion;
}

/** Operations of one call. */
class Open implements Disposable {
  readonly ready: Settled[] = [];
  readonly #operations: Operations;
  readonly #caller: Caller;
  readonly #running = new Map<number, AbortController>();

  constructor(operations: Operations, caller: Caller) {
    this.#operations = operations;
    this.#caller = caller;
  }

  get size(): number {
    return this.#running.size + this.ready.length;
  }

  /** Starts what a turn has started, ends what it gave up. */
  take({ operations, abandoned, blobs }: Turn): void {
    for (const id of abandoned) {
      this.#running.get(id)?.abort();
      this.#running.delete(id);
      const place = this.ready.findIndex((each) => each.id === id);
      if (place >= 0) this.ready.splice(place, 1);
    }
    for (const operation of operations) void this.#run(operation, blobs);
  }

  takeReady(random: Random): Settled {
    const [taken] = this.ready.splice(random.below(this.ready.length), 1);
    if (!taken) throw new Error('nothing is ready');
    return taken;
  }

  async #run({ id, name, args }: StartedOperation, blobs: readonly Uint8Array[]): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const completion = await this.#operations.run(this.#caller, name, args, blobs, controller.signal);
    if (this.#running.get(id) !== controller) return;
    this.#running.delete(id);
    this.ready.push({ id, name, completion });
  }

  [Symbol.dispose](): void {
    for (const controller of this.#running.values()) controller.abort();
    this.#running.clear();
  }
}

/** Tells a recorded call to another component. Stops where it says something else than it did. */
export async function replay(component: LoadedComponent, recording: Recording): Promise<readonly Turn[]> {
  using call: EngineCall = component.open(recording.limits);
  const turns = [await call.begin(recording.start)];
  for (const { ready, nowMs } of recording.resumes) {
    if (turns.at(-1)?.outcome.kind !== 'waiting') break;
    turns.push(await call.resume(ready, nowMs));
  }
  return turns;
}

/**
 * What two turns have to have in common: all that leaves the guest, byte for byte, and the memory that it took. How an engine words the end that it
 * made itself is its own.
 */
export function comparable({
  outcome,
  blobs,
  operations,
  abandoned,
  logs,
  logBytesDropped,
  memoryBytes,
}: Turn): unknown {
  return {
    outcome: outcome.kind === 'ended' ? { kind: 'ended', code: outcome.code } : outcome,
    blobs: blobs.map((blob) => Buffer.from(blob).toString('hex')),
    operations,
    abandoned,
    logs,
    logBytesDropped,
    memoryBytes,
  };
}
