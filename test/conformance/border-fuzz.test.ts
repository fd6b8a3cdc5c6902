import { afterAll, describe, expect, test } from 'vitest';
import { createV8Engine } from '#host';
import type { Completion, LoadedComponent, ReadyOperation, Turn } from '#wit/interfaces';
import { type Random, fuzz, fuzzTimeoutMs } from '../fuzz.ts';
import { javascript, limits, loadRaw, nowMs, seed, start } from './engine-subject.ts';

/** A value of no particular type; at most three deep. */
function anyValue(random: Random, depth = 0): unknown {
  switch (random.below(depth < 3 ? 16 : 12)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return random.oneIn(2);
    case 3:
      return random.pick([0, -1, 1, 0.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, -0]);
    case 4:
      return random.next();
    case 5:
      return BigInt(random.next());
    case 6:
      return random.text(random.below(40), 'ab\0é𝄞\ud800"\\');
    case 7:
      return random.bytes(random.below(64));
    case 8:
      return Buffer.from(random.bytes(random.below(64)));
    case 9:
      return new Float64Array([random.next()]);
    case 10:
      return new Date(random.next());
    case 11:
      return new Map([[1, 2]]);
    case 12:
      return Array.from({ length: random.below(4) }, () => anyValue(random, depth + 1));
    case 13:
      return {
        tag: random.pick(['ok', 'err', 'some', 'none', 'access-denied', 'invalid-argument', '']),
        val: anyValue(random, depth + 1),
      };
    default:
      return { keys: anyValue(random, depth + 1), cursor: anyValue(random, depth + 1) };
  }
}

function completion(random: Random): Completion {
  if (random.oneIn(4)) {
    const tag = random.pick([
      'access-denied',
      'invalid-argument',
      'value-too-large',
      'store-full',
      'too-many-operations',
      'unavailable',
      'no-such-case',
      '',
    ]);
    return { kind: 'failed', error: random.oneIn(4) ? { tag } : { tag, val: anyValue(random) } };
  }
  return { kind: 'ok', value: anyValue(random) };
}

function ready(random: Random, turn: Turn): ReadyOperation[] {
  const known = turn.operations.map(({ id }) => id);
  const id = (): number =>
    known.length > 0 && !random.oneIn(4) ? random.pick(known) : random.pick([0, -1, 99, 1.5, Number.NaN, 2 ** 32 + 1]);
  return Array.from({ length: random.below(5) }, () => ({ id: id(), completion: completion(random) }));
}

const codes = ['TOOL_TRAPPED', 'VALUE_TOO_LARGE', 'OPERATIONS_EXCEEDED', 'MEMORY_EXCEEDED', 'DEADLINE_EXCEEDED'];

/** A turn may end in any way that has a code; what leaves it is well-formed. */
function expectCoded(turn: Turn): void {
  const { outcome } = turn;
  expect(['done', 'failed', 'waiting', 'ended']).toContain(outcome.kind);
  if (outcome.kind === 'ended') {
    expect(codes).toContain(outcome.code);
    expect(turn.operations).toEqual([]);
  }
  if (outcome.kind === 'failed') expect(outcome.error.code).toMatch(/^[A-Z][A-Z_]*$/);
}

describe("values that cross the guest's border", () => {
  const engine = createV8Engine();
  afterAll(() => engine[Symbol.asyncDispose]());

  async function drive(component: LoadedComponent, program: string, random: Random): Promise<void> {
    using call = component.open({ ...limits, computeMsMax: 2_000 });
    let turn = await call.begin({
      input: program,
      blobs: [random.bytes(random.below(16))],
      nowMs: random.pick([0, -1, nowMs, Number.NaN, 1e300]),
      seed,
    });
    expectCoded(turn);
    for (let turns = 0; turn.outcome.kind === 'waiting' && turns < 6; turns += 1) {
      turn = await call.resume(ready(random, turn), random.pick([nowMs, 0, Number.NaN]));
      expectCoded(turn);
    }
  }

  test('end each call with a code, and leave the next one unharmed', { timeout: fuzzTimeoutMs }, async () => {
    using component = await loadRaw({ engine });
    const letters = 'ssgpbwwxyKEcCld';
    await fuzz(async (random, index) => {
      await drive(
        component,
        `${random.text(1 + random.below(8), letters)}w${random.text(random.below(8), letters)}d`,
        random,
      );
      if (index % 50 !== 0) return;
      using next = component.open(limits);
      expect((await next.begin(start('d'))).outcome).toEqual({ kind: 'done', output: 'ok' });
    });
  });

  test(
    'reach a tool in JavaScript as errors that it can catch, or end its call',
    { timeout: fuzzTimeoutMs },
    async () => {
      using component = await engine.load(
        await javascript(`
      const kv = sdk.kv('n'); const codes = [];
      for (const run of [() => kv.get('k'), () => kv.list(), () => kv.delete('k'), () => kv.compareAndSet('k', undefined, 'v'), () => Promise.all([kv.get('a'), kv.getText('b')])]) {
        try { await run(); codes.push('ok'); } catch (error) { codes.push(String(error.code ?? error.name)); }
      }
      return codes;`),
      );
      // Each case is a call of several turns; a tenth of the cases keeps the share of the first test.
      let index = 0;
      await fuzz(async (random) => {
        index += 1;
        if (index % 10 === 0) await drive(component, '{}', random);
      });
      using next = component.open(limits);
      expect((await next.begin(start('{}'))).outcome).toEqual({ kind: 'waiting' });
    },
  );
});
