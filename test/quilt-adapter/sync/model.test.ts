/** Random histories: what the scheduler does is checked, after every step, against a model that looks at everything. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CodedError } from '#wit/errors';
import { type Token, parseToken } from '#wit/tokens';
import type { AcquireRequest, Grant, Quota } from '../../../quilt-adapter/sync/scheduler.ts';
import { createTokenScheduler } from '../../../quilt-adapter/sync/token-scheduler.ts';
import { fuzzCases, fuzzSeed, fuzzTimeoutMs } from '../../fuzz.ts';
import { type ModelWait, ReferenceModel } from './reference-model.ts';
import { VirtualClock } from './virtual-clock.ts';

const agingMs = 50;
const quotas: readonly Quota[] = [
  { name: 'gpu', covers: parseToken('gpu:any:compute'), rule: { kind: 'concurrency', max: 2 } },
  { name: 'one', covers: parseToken('gpu:zero:compute'), rule: { kind: 'concurrency', max: 1 } },
  { name: 'room', covers: parseToken('net:*:*'), rule: { kind: 'capacity', max: 3 } },
  { name: 'llm', covers: parseToken('llm:openai:*'), rule: { kind: 'rate', max: 2, perMs: 50 } },
];
const pool = [
  ...[
    'kv:a:x',
    'kv:a:rw',
    'kv:a:r',
    'kv:a.b:rw',
    'kv:a.b:append',
    'kv:a.*:r',
    'kv:b:x',
    'kv:b:rw',
    'kv:b:r',
    'kv:c:rw',
  ],
  ...['kv:*:r', 'vector:v:append', 'vector:v:x', 'vector:v:*:rw', 'vector:v:w:r', 'fs:f:rw', 'fs:f:r', 'fs:*:rw'],
  ...['gpu:zero:compute', 'gpu:other:compute', 'net:h:1', 'llm:openai:m', 'context:session:append'],
].map(parseToken);

interface Ask {
  readonly holder: number;
  readonly parent: number | undefined;
  readonly tokens: readonly Token[];
  readonly amount: number;
  readonly priority: number;
  readonly leaseMs: number | undefined;
  readonly timeoutMs: number | undefined;
}
type Step =
  | { readonly kind: 'acquire' | 'try'; readonly ask: Ask }
  | { readonly kind: 'release' | 'renew' | 'cancel' | 'end'; readonly pick: number }
  | { readonly kind: 'advance' | 'sleep'; readonly ms: number };

const ask: fc.Arbitrary<Ask> = fc.record({
  holder: fc.nat(6),
  parent: fc.option(fc.nat(6), { nil: undefined, freq: 2 }),
  tokens: fc.array(fc.constantFrom(...pool), { maxLength: 3 }),
  amount: fc.integer({ min: 1, max: 3 }),
  priority: fc.constantFrom(5, 5, 5, 0, 9),
  leaseMs: fc.option(fc.constantFrom(20, 60, 200), { nil: undefined, freq: 3 }),
  timeoutMs: fc.option(fc.constantFrom(0, 30, 120), { nil: undefined, freq: 4 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('acquire' as const), ask }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('try' as const), ask }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('release' as const, 'end' as const), pick: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('renew' as const, 'cancel' as const), pick: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('advance' as const, 'sleep' as const), ms: fc.nat(70) }) },
);

interface Asked {
  readonly wait: ModelWait;
  readonly leaseMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly abort: AbortController;
}

/** As `expect`, which would take most of the time here. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Not so: ${what}`);
}

/** Runs a history beside the model. */
class History {
  readonly clock = new VirtualClock();
  readonly model = new ReferenceModel(quotas, agingMs);
  readonly scheduler = createTokenScheduler({ quotas, clock: this.clock, limits: { agingMs } });
  readonly #asked = new Map<ModelWait, Asked>();
  readonly #granted: { readonly asked: Asked; readonly grant: Grant }[] = [];
  readonly #refused: { readonly asked: Asked; readonly error: CodedError }[] = [];
  readonly #allowed = new Map<ModelWait, Set<ModelWait>>();
  #seq = 0;
  #epoch = 0;
  /** When this step began. */
  #sinceMs = 0;
  /** Holders that this step released. */
  readonly #ended = new Set<string>();
  victims = 0;

  constructor() {
    this.model.nowMs = this.clock.nowMs();
  }

  async run(next: Step): Promise<void> {
    this.#sinceMs = this.clock.nowMs();
    this.#notePasses();
    this.#ended.clear();
    switch (next.kind) {
      case 'acquire':
      case 'try':
        this.#ask(next.ask, next.kind === 'try');
        break;
      case 'advance':
        // In one jump: how far each alarm is late makes no difference to what may happen.
        this.clock.sleep(next.ms);
        this.clock.advance(0);
        break;
      case 'sleep':
        this.clock.sleep(next.ms);
        break;
      default:
        this.#touch(next.kind, next.pick);
    }
    // What is due at this very moment happens with the next call.
    this.scheduler.view();
    for (let tick = 0; tick < 6; tick += 1) await undefined;
    this.#check();
  }

  #ask({ holder: number, parent, tokens, amount, priority, leaseMs, timeoutMs }: Ask, once: boolean): void {
    const holder = `h${number}`;
    const [known, live] = [this.model.parents.get(holder), this.model.isLive(holder)];
    // A holder keeps its parent while it is there, and a parent has to be there.
    const named = live
      ? known
      : parent !== undefined && parent !== number && this.model.isLive(`h${parent}`)
        ? `h${parent}`
        : undefined;
    if (!live && named !== undefined) this.model.parents.set(holder, named);
    else if (!live) this.model.parents.delete(holder);
    this.#seq += 1;
    const wait = { holder, tokens, amount, priority, seq: this.#seq, sinceMs: this.clock.nowMs() };
    const asked = { wait, leaseMs, timeoutMs, abort: new AbortController() };
    const request: AcquireRequest = {
      ...{ holder, label: holder, tokens, amount, priority },
      ...(named !== undefined && { parent: named }),
      ...(leaseMs !== undefined && { leaseMs }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    };
    if (once) {
      const free = this.model.isFree(wait);
      const grant = this.scheduler.tryAcquire(request);
      must((grant !== undefined) === free, `tryAcquire ${JSON.stringify(request)}`);
      if (grant !== undefined) this.#granted.push({ asked, grant });
      return;
    }
    this.model.waits.add(wait);
    this.#asked.set(wait, asked);
    this.scheduler.acquire(request, asked.abort.signal).then(
      (grant) => this.#granted.push({ asked, grant }),
      (error: CodedError) => this.#refused.push({ asked, error }),
    );
  }

  #touch(kind: 'release' | 'renew' | 'cancel' | 'end', pick: number): void {
    const holds = [...this.model.holds.values()];
    const hold = holds[pick % Math.max(1, holds.length)];
    if (kind === 'cancel') {
      const waits = [...this.model.waits];
      const wait = waits[pick % Math.max(1, waits.length)];
      if (wait !== undefined) this.#asked.get(wait)?.abort.abort();
    } else if (kind === 'end') {
      this.#ended.add(`h${pick % 7}`);
      this.scheduler.releaseHolder(`h${pick % 7}`);
      for (const { id, holder } of holds) if (holder === `h${pick % 7}`) this.model.holds.delete(id);
    } else if (hold !== undefined && kind === 'release') {
      this.scheduler.release(hold.id);
      this.model.holds.delete(hold.id);
    } else if (hold?.expiresAtMs !== undefined) {
      hold.expiresAtMs = this.scheduler.renew(hold.id, 50).expiresAtMs;
    }
  }

  /** Who may be overtaken by whom, before a step: those that wait for the other's line, by way of whomever. */
  #notePasses(): void {
    for (const wait of this.model.waits) {
      for (const before of this.model.before(wait)) {
        if (!this.#reaches(before, wait)) continue;
        const allowed = this.#allowed.get(wait) ?? new Set();
        this.#allowed.set(wait, allowed.add(before));
      }
    }
  }

  #reaches(from: ModelWait, to: ModelWait): boolean {
    const { model } = this;
    const line = new Set(model.line(to.holder));
    const seen = new Set<ModelWait>([from]);
    for (const wait of seen) {
      const holders = model.blockingHolds(wait).map(({ holder }) => holder);
      const before = [...model.before(wait)];
      for (const quota of quotas) {
        if (model.wanted(quota, wait) === 0) continue;
        for (const { holder, units } of model.holds.values()) if (units.has(quota.name)) holders.push(holder);
        for (const other of model.waits)
          if (model.isBefore(other, wait) && model.wanted(quota, other) > 0) before.push(other);
      }
      if (before.includes(to) || holders.some((holder) => line.has(holder))) return true;
      for (const other of before) seen.add(other);
      // Who holds gives back when all that it waits for is done.
      for (const next of model.waits)
        if (holders.some((holder) => model.line(next.holder).includes(holder))) seen.add(next);
    }
    return false;
  }

  #check(): void {
    const { model } = this;
    model.nowMs = this.clock.nowMs();
    for (const [id, { expiresAtMs }] of model.holds)
      if (expiresAtMs !== undefined && expiresAtMs <= model.nowMs) model.holds.delete(id);
    const refused = this.#refused.splice(0);
    for (const { asked } of refused) model.waits.delete(asked.wait);
    this.#checkGrants();
    for (const { asked, error } of refused) this.#checkRefusal(asked, error);
    this.#checkVictims(refused);
    for (const [wait, { timeoutMs = Infinity }] of this.#asked)
      if (model.waits.has(wait)) must(wait.sinceMs + timeoutMs > model.nowMs, 'a wait is over by its timeout');
    this.#checkState();
  }

  #checkGrants(): void {
    const { model } = this;
    for (const { asked, grant } of this.#granted.splice(0).toSorted((a, b) => a.grant.epoch - b.grant.epoch)) {
      must(grant.epoch > this.#epoch, 'epochs grow');
      this.#epoch = grant.epoch;
      must(model.blockingHolds(asked.wait).length === 0, 'no grant beside a hold that excludes it');
      for (const before of this.#beforeThroughout(asked.wait)) {
        const allowed = this.#allowed.get(asked.wait)?.has(before) === true || this.#reaches(before, asked.wait);
        must(allowed, `${asked.wait.holder} does not overtake ${before.holder}`);
      }
      model.grant(asked.wait, grant.id, grant.expiresAtMs);
      must(this.scheduler.isCurrent(grant.id, grant.epoch), 'a grant is current');
      must(!this.scheduler.isCurrent(grant.id, grant.epoch + 1), 'another epoch is not current');
    }
    for (const quota of quotas) must(model.free(quota) >= 0, `the quota ${quota.name} holds`);
  }

  /**
   * Those before a request at every moment of this step. What falls due in a jump of the clock happens in its order: a lease that ends before somebody has
   * waited long enough lets those go first who are first then. Who is before another at both ends is so in between, since the older one ages first.
   */
  #beforeThroughout(wait: ModelWait): readonly ModelWait[] {
    const { model } = this;
    const now = model.nowMs;
    model.nowMs = this.#sinceMs;
    const then = new Set(model.before(wait));
    model.nowMs = now;
    return model.before(wait).filter((other) => then.has(other));
  }

  #checkRefusal({ wait, timeoutMs = Infinity, abort }: Asked, error: CodedError): void {
    const ended = this.#ended.has(wait.holder);
    if (error.code === 'DEADLINE_EXCEEDED')
      must(wait.sinceMs + timeoutMs <= this.model.nowMs, 'no timeout before its time');
    else if (error.code === 'CANCELLED') must(abort.signal.aborted || ended, 'who is cancelled asked for it');
    else must(error.code === 'DEADLOCK', error.message);
  }

  /** A victim waited for itself: with all who left in this step back in their places it cannot go on. */
  #checkVictims(refused: readonly { readonly asked: Asked; readonly error: CodedError }[]): void {
    const { model } = this;
    const victims = refused.filter(({ error }) => error.code === 'DEADLOCK').map(({ asked }) => asked.wait);
    if (victims.length === 0) return;
    this.victims += victims.length;
    for (const { asked } of refused) model.waits.add(asked.wait);
    const stuck = model.stuck();
    for (const { holder } of victims) must(stuck.has(holder), `the victim ${holder} waited for itself`);
    for (const { asked } of refused) model.waits.delete(asked.wait);
  }

  #checkState(): void {
    const { model } = this;
    const view = this.scheduler.view();
    const shown = view.holds.length === model.holds.size && view.holds.every(({ grant }) => model.holds.has(grant));
    must(shown, 'the view shows what is held');
    must(view.waits.length === model.waits.size, 'the view shows who waits');
    must(model.stuck().size === 0, 'nobody waits for himself');
    for (const wait of model.waits)
      must(!model.isFree(wait), `${wait.holder} does not wait where nothing is in its way`);
    for (const { reasons } of view.waits) must(reasons.length > 0, 'who waits learns why');
  }

  /** Everybody who does not wait ends: then everybody gets what he waits for. */
  async drain(): Promise<void> {
    for (let round = 0; this.model.waits.size > 0 && round < 100; round += 1) {
      const busy = new Set([...this.model.waits].flatMap(({ holder }) => this.model.line(holder)));
      const done = [...this.model.holds.values()].find(({ holder }) => !busy.has(holder));
      if (done === undefined) await this.run({ kind: 'advance', ms: 50 });
      else await this.run({ kind: 'release', pick: [...this.model.holds.values()].indexOf(done) });
    }
    must(this.model.waits.size === 0, 'nobody waits for ever');
  }
}

test(
  'random histories agree with the model: nothing conflicts, nobody is overtaken, forgotten, or waits for himself',
  async () => {
    let victims = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 24, size: 'max' }), async (steps) => {
        const history = new History();
        using _ = history.scheduler;
        for (const next of steps) await history.run(next);
        await history.drain();
        victims += history.victims;
      }),
      { seed: fuzzSeed(), numRuns: Math.ceil(fuzzCases() / 2) },
    );
    expect(victims).toBeGreaterThan(0);
  },
  fuzzTimeoutMs,
);
