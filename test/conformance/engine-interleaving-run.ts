/** The run of an interleaving: an engine does the steps, and each turn is compared with what the model of its call says. */
import { expect } from 'vitest';
import type { Completion, Engine, EngineCall, LoadedComponent, LogLine, ReadyOperation, Turn } from '#wit/interfaces';
import type { GuestName, Interleaving, Pick, Step } from './engine-interleaving.ts';
import { CallModel, type ExpectedTurn, endedTurn } from './engine-model.ts';
import { RawGuest, ScriptGuest } from './engine-model-guests.ts';
import { limits, nowMs, ok, start } from './engine-subject.ts';

/** A call beside its model. */
interface Tracked {
  readonly call: EngineCall;
  readonly model: CallModel;
  readonly guest: GuestName;
  readonly program: string;
  /** May meet its compute deadline before the model says so. */
  readonly tight: boolean;
  turn: Promise<void> | undefined;
}

interface Handle {
  readonly guest: GuestName;
  readonly component: LoadedComponent;
  closed: boolean;
}

/** Runs the steps of one interleaving. */
export class InterleavingRun {
  readonly #engine: Engine;
  readonly #artifacts: Readonly<Record<GuestName, Uint8Array>>;
  readonly #seen: Set<string>;
  readonly #handles: Handle[] = [];
  readonly #calls: Tracked[] = [];
  /** What a turn that came by itself was found to be wrong in. */
  readonly #faults: unknown[] = [];

  /** `seen` gathers how turns ended. */
  constructor(engine: Engine, artifacts: Readonly<Record<GuestName, Uint8Array>>, seen: Set<string>) {
    this.#engine = engine;
    this.#artifacts = artifacts;
    this.#seen = seen;
  }

  /** Steps that wait for nothing follow each other at once; after one that waits everything that came meanwhile has been heard. */
  async run({ steps, closesEngine }: Interleaving): Promise<void> {
    await this.#load('raw');
    await this.#load('script');
    for (const each of steps) {
      const waited = this.#step(each);
      if (!waited) continue;
      await waited;
      await breath();
      this.#throwFault();
    }
    if (closesEngine) await this.#closeEngine();
    else await this.#closeCalls();
    this.#throwFault();
  }

  #step(each: Step): Promise<unknown> | undefined {
    switch (each.kind) {
      case 'open':
        return void this.#open(each);
      case 'load':
        return this.#load(each.guest);
      case 'close':
        return void this.#close(at(this.#handles, each.handle));
      case 'breathe':
        return breath();
      default:
        return this.#callStep(each, this.#callOf(each));
    }
  }

  /** What comes next comes for a call that is not over, so that most get far; anything else for any. */
  #callOf({ kind, call }: Extract<Step, { readonly call: number }>): Tracked {
    const live = this.#calls.filter(({ model }) => model.state !== 'over');
    return at(kind === 'advance' && live.length > 0 ? live : this.#calls, call);
  }

  #callStep(each: Extract<Step, { readonly call: number }>, tracked: Tracked): Promise<unknown> | undefined {
    switch (each.kind) {
      case 'begin':
        return this.#begin(tracked);
      case 'resume':
        return this.#resume(tracked, each.ready);
      case 'settle':
        return settle(tracked);
      case 'drop':
        return void drop(tracked);
      case 'advance':
        if (tracked.model.state === 'new') return this.#begin(tracked);
        if (tracked.model.state === 'suspended') return this.#resume(tracked, each.ready);
        return settle(tracked);
    }
  }

  async #load(name: GuestName): Promise<void> {
    this.#handles.push({ guest: name, component: await this.#engine.load(this.#artifacts[name]), closed: false });
  }

  #close(handle: Handle): void {
    handle.component[Symbol.dispose]();
    handle.closed = true;
  }

  #open({ guest, program, limits: given, handle: number }: Extract<Step, { readonly kind: 'open' }>): void {
    const handle = at(
      this.#handles.filter((each) => each.guest === guest),
      number,
    );
    if (handle.closed) {
      expect(() => handle.component.open(given)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
      return;
    }
    const model = new CallModel(given, (border) =>
      guest === 'raw' ? new RawGuest(border, given) : new ScriptGuest(border),
    );
    const tight = given.computeMsMax < limits.computeMsMax;
    this.#calls.push({ call: handle.component.open(given), model, guest, program, tight, turn: undefined });
  }

  #begin(tracked: Tracked): Promise<unknown> | undefined {
    const { guest, program, call, model } = tracked;
    const begun = start(guest === 'raw' ? program : JSON.stringify({ letters: program }));
    return this.#enter(tracked, model.begin(begun), () => call.begin(begun));
  }

  #resume(tracked: Tracked, picks: readonly Pick[]): Promise<unknown> | undefined {
    const { call, model } = tracked;
    const announced = picks.map((pick) => readyOf(tracked, pick));
    return this.#enter(tracked, model.resume(announced, nowMs + 1), () => call.resume(announced, nowMs + 1));
  }

  /** Starts a turn. A promise where it must be refused, since an engine may say that later. */
  #enter(
    tracked: Tracked,
    expected: 'runs' | 'misused',
    enter: () => Turn | Promise<Turn>,
  ): Promise<unknown> | undefined {
    if (expected === 'misused') return expect(async () => enter()).rejects.toMatchObject({ code: 'INTERNAL' });
    const turn = enter();
    if (turn instanceof Promise) {
      tracked.turn = turn
        .then((found) => this.#heard(tracked, found))
        .catch((fault: unknown) => void this.#faults.push(fault));
    } else this.#heard(tracked, turn);
    return undefined;
  }

  #heard(tracked: Tracked, turn: Turn): void {
    this.#seen.add(turn.outcome.kind === 'ended' ? turn.outcome.code : turn.outcome.kind);
    check(tracked, turn);
  }

  #throwFault(): void {
    if (this.#faults.length > 0) throw this.#faults[0];
  }

  /** Every call is dropped, in whatever state; then nothing may be done with it, and the engine answers a fresh one. */
  async #closeCalls(): Promise<void> {
    for (const tracked of this.#calls) {
      drop(tracked);
      await this.#begin(tracked);
      await this.#resume(tracked, []);
    }
    for (const { turn } of this.#calls) await turn;
    for (const handle of this.#handles) this.#close(handle);
    using component = await this.#engine.load(this.#artifacts.raw);
    using fresh = component.open(limits);
    expect((await fresh.begin(start('bd'))).outcome).toEqual({ kind: 'done', output: 'ok' });
    expect(await heldBy(this.#engine)).toEqual({});
  }

  /** The engine is closed while calls are in whatever state: none may run on, and none may be left without an answer. */
  async #closeEngine(): Promise<void> {
    const closing = this.#engine[Symbol.asyncDispose]();
    for (const { model } of this.#calls) if (model.state === 'running') model.dispose();
    await closing;
    await Promise.all(this.#calls.map(({ turn }) => turn));
    for (const { call, model } of this.#calls) {
      if (model.state !== 'new' && model.state !== 'suspended') continue;
      await expectRefused(() => (model.state === 'new' ? call.begin(start('d')) : call.resume([], nowMs)));
      call[Symbol.dispose]();
    }
    for (const handle of this.#handles) {
      if (!handle.closed)
        expect(() => handle.component.open(limits)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
      this.#close(handle);
    }
    await expect(this.#engine.load(this.#artifacts.raw)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await this.#engine[Symbol.asyncDispose]();
  }
}

/** What an engine may tell of what it holds for calls. */
const figureNames = ['instances', 'memories', 'stacks', 'suspended', 'onWorkers'];
/** A turn that was dropped ends at its next tick: so many milliseconds until it has to be gone. */
const goneMsMax = 5_000;

/** The figures of an engine that are not zero once turns that were dropped have ended; none where it tells nothing. */
async function heldBy(engine: Engine): Promise<Readonly<Record<string, unknown>>> {
  const { figures } = engine as { figures?: () => object };
  if (!figures) return {};
  const untilMs = performance.now() + goneMsMax;
  for (;;) {
    const counts = Object.entries(figures.call(engine)).filter(([name]) => figureNames.includes(name));
    const held = Object.fromEntries(counts.filter(([, count]) => count !== 0));
    if (Object.keys(held).length === 0 || performance.now() > untilMs) return held;
    await breath();
  }
}

/** A call that its engine has left behind may say so as the end of a turn, or as that of the call. */
async function expectRefused(enter: () => Turn | Promise<Turn>): Promise<void> {
  const turn = await (async () => enter())().catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'INTERNAL' });
    return endedTurn('CANCELLED');
  });
  expect(plain(turn, false)).toEqual(plain(endedTurn('CANCELLED'), false));
}

/** Waits for the turn; one that spins with ample time has to be dropped first. */
function settle(tracked: Tracked): Promise<void> | undefined {
  const { model, tight, turn } = tracked;
  const spins =
    model.state === 'running' && model.turn.outcome.kind === 'ended' && model.turn.outcome.code === 'DEADLINE_EXCEEDED';
  if (spins && !tight) drop(tracked);
  return turn;
}

/** Twice, since dropping is idempotent. */
function drop({ call, model }: Tracked): void {
  call[Symbol.dispose]();
  call[Symbol.dispose]();
  model.dispose();
}

/** Lets everything happen that is ready to. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function at<Item>(items: readonly Item[], number: number): Item {
  return items[number % items.length] as Item;
}

const failures = ['access-denied', 'unavailable'] as const;

function readyOf({ model, guest }: Tracked, { which, how }: Pick): ReadyOperation {
  const { open } = model;
  const operation = which < 9 && open.length > 0 ? at(open, which) : undefined;
  if (!operation) return ok([0, -1, 1, 4_000][which % 4] as number);
  const { id, name } = operation;
  return { id, completion: completionOf(name, guest === 'script' && name === 'timer.sleep' ? 0 : how) };
}

function completionOf(name: string, how: number): Completion {
  if (how >= 9)
    return name === 'timer.sleep'
      ? { kind: 'failed', error: { tag: 'too-many-operations', val: how } }
      : { kind: 'failed', error: { tag: at(failures, how), val: how % 2 === 1 ? 'no' : undefined } };
  // A `Buffer` is a view of a pool that others use, too.
  const value = [undefined, Buffer.from('stored'), new Uint8Array(), Uint8Array.of(97)][how % 4];
  return { kind: 'ok', value: name === 'kv.get' ? value : undefined };
}

/** Compares a turn with what it has to be, and lets the model go on. */
function check(tracked: Tracked, turn: Turn): void {
  const { model, tight } = tracked;
  const { outcome } = turn;
  const expected = inItsWords(model.turn, outcome);
  const overran = tight && outcome.kind === 'ended' && outcome.code === 'DEADLINE_EXCEEDED';
  const cancelled = expected.outcome.kind === 'ended' && expected.outcome.code === 'CANCELLED';
  const stopped = overran && !cancelled;
  const wanted = stopped ? { ...endedTurn('DEADLINE_EXCEEDED'), logs: expected.logs } : expected;
  model.settled(stopped ? 'ended' : 'as expected');
  const isCut = wanted.outcome.kind === 'ended' && ['CANCELLED', 'DEADLINE_EXCEEDED'].includes(wanted.outcome.code);
  // What a turn wrote before it was stopped from outside may be gone with its thread.
  const { logs, logBytesDropped } = isCut ? { logs: firstOf(wanted.logs, turn.logs), logBytesDropped: 0 } : wanted;
  const counted = { ...wanted, logs, logBytesDropped: isCut ? turn.logBytesDropped : logBytesDropped };
  const countsPages = wanted.memoryBytes !== undefined;
  try {
    expect(plain(turn, countsPages)).toEqual(plain(counted, countsPages));
  } catch (cause) {
    const came = JSON.stringify(outcome).slice(0, 500);
    throw new Error(`The ${tracked.guest} guest of "${tracked.program}" came to ${came}`, { cause });
  }
  expect(turn.memoryBytes).toBeLessThanOrEqual(limits.memoryBytesMax);
}

/** An end that has two names is called by the one that the engine gave it. */
function inItsWords(expected: ExpectedTurn, found: Turn['outcome']): ExpectedTurn {
  const { outcome } = expected;
  if (outcome.kind !== 'ended' || found.kind !== 'ended' || found.code !== outcome.or) return expected;
  return { ...expected, outcome: { kind: 'ended', code: found.code } };
}

function firstOf(lines: readonly LogLine[], found: readonly LogLine[]): readonly LogLine[] {
  return lines.slice(0, found.length);
}

/** What is compared of a turn. */
function plain(turn: Turn | ExpectedTurn, countsPages: boolean): unknown {
  const { outcome, blobs, operations, abandoned, logs, logBytesDropped, memoryBytes } = turn;
  return {
    outcome: plainOutcome(outcome),
    blobs: blobs.map((blob) => Buffer.from(blob).toString('latin1')),
    operations,
    abandoned,
    logs,
    logBytesDropped,
    memoryBytes: countsPages ? memoryBytes : undefined,
  };
}

function plainOutcome(outcome: (Turn | ExpectedTurn)['outcome']): unknown {
  if (outcome.kind === 'ended') return { kind: 'ended', code: outcome.code };
  if (outcome.kind !== 'failed') return outcome;
  const { code, message, retryable } = outcome.error;
  return { kind: 'failed', error: { code, message, retryable } };
}
