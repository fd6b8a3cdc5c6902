/**
 * Many calls of every kind, side by side, on one host of each engine: what is right, fails, spins, bursts, stalls, is cancelled, and what sleeps
 * beside it. Spinners end the worker that the others live in, so this is the crash test of workers, too. `ARIA_SOAK_CALLS` sets the length.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Host, createHost } from '#host';
import type { CallOutcome, Engine, ToolRunner } from '#wit/interfaces';
import { enginesUnderTest } from '../conformance/engines-under-test.ts';
import { makeBundle } from '../conformance/tool-bundle.ts';
import { Random, fuzzSeed, fuzzTimeoutMs } from '../fuzz.ts';

const calls = Number(process.env['ARIA_SOAK_CALLS'] ?? 600);
/** They take a fraction of a millisecond each, and nothing else runs beside them. */
const freshCalls = calls * 5;
/** Calls in flight at the same time. */
const width = 24;
const mebibyte = 1024 * 1024;
/**
 * What memory may grow by between the halves of a run: V8's workers keep garbage for a while, a native engine keeps slots. A leak of 1 KiB a call is
 * several times as much over a long run.
 */
const growthMax: Readonly<Record<Engine['name'], number>> = { v8: 96 * mebibyte, wasmtime: 32 * mebibyte };

/** A kind of call: its body, how often it is drawn, and what has to come of it. */
interface Kind {
  readonly body: string;
  readonly weight: number;
  readonly expected: (n: number) => unknown;
  readonly cancelled?: true;
}

const kinds: Readonly<Record<string, Kind>> = {
  plain: { weight: 60, body: 'return { n: input.n + 1 };', expected: (n) => ({ n: n + 1 }) },
  stored: {
    weight: 30,
    body: "const kv = sdk.kv('soak'); await kv.set('k' + input.n, 'v' + input.n); const [a, b] = await Promise.all([kv.getText('k' + input.n), kv.getText('none')]); await kv.delete('k' + input.n); return [a, b === undefined];",
    expected: (n) => [`v${n}`, true],
  },
  bytes: {
    weight: 15,
    body: 'return new Uint8Array(input.n % 5000).fill(input.n % 251).reduce((sum, byte) => sum + byte, 0);',
    expected: (n) => (n % 5000) * (n % 251),
  },
  sleeps: {
    weight: 30,
    body: 'for (let turn = 0; turn < 4; turn += 1) await new Promise((done) => setTimeout(done, 5 + (input.n % 20))); return input.n;',
    expected: (n) => n,
  },
  throws: { weight: 15, body: "throw new sdk.ToolError('SOAKED', 'no ' + input.n);", expected: () => 'SOAKED' },
  spins: { weight: 1, body: 'for (;;);', expected: () => 'DEADLINE_EXCEEDED' },
  bursts: {
    weight: 1,
    body: 'const all = []; for (;;) all.push(new Uint8Array(100000));',
    expected: () => 'MEMORY_EXCEEDED',
  },
  stalls: { weight: 5, body: 'await new Promise(() => {});', expected: () => 'TOOL_STALLED' },
  denied: { weight: 5, body: "await sdk.kv('other').get('k');", expected: () => 'CAPABILITY_DENIED' },
  cancelled: {
    weight: 5,
    body: 'await new Promise((done) => setTimeout(done, 1e9));',
    expected: () => 'CANCELLED',
    cancelled: true,
  },
};
const drawn = Object.entries(kinds).flatMap(([name, { weight }]) => Array.from({ length: weight }, () => name));

let bundle: Awaited<ReturnType<typeof makeBundle>>;
beforeAll(async () => {
  bundle = await makeBundle(
    Object.entries(kinds).map(([name, { body }]) => ({
      name,
      body,
      tokens: ['kv:soak:rw'],
      // Long enough for a turn on a machine that is busy with something else; only what never ends meets its deadline.
      computeMs: name === 'spins' ? 300 : 10_000,
      memoryBytes: 16 * mebibyte,
    })),
  );
});

/** How much more memory the process has in the second half of a run than in the first, in bytes. */
function growthOf(readings: readonly number[]): number {
  // The first quarter warms up. Medians, since the collector's own time is its own.
  const settled = readings.slice(Math.floor(readings.length / 4));
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const half = Math.floor(settled.length / 2);
  return median(settled.slice(half)) - median(settled.slice(0, half));
}

function resultOf(outcome: CallOutcome): unknown {
  return outcome.kind === 'done' ? outcome.output : outcome.error.code;
}

async function callOnce(runner: ToolRunner, random: Random, n: number): Promise<void> {
  const name = random.pick(drawn);
  const kind = kinds[name];
  const controller = new AbortController();
  if (kind?.cancelled) setTimeout(() => controller.abort(), random.below(30));
  const outcome = await runner.run({ id: `soak-${n}`, tool: name, input: { n } }, controller.signal);
  expect([name, n, resultOf(outcome)]).toEqual([name, n, kind?.expected(n)]);
}

describe.each(enginesUnderTest.map(({ name, create }) => [name, create] as const))('%s', (_, create) => {
  let engine: Engine;
  let host: Host;
  let runner: ToolRunner;
  beforeAll(async () => {
    engine = create();
    host = createHost({ engine });
    const { components, ...files } = bundle;
    runner = await host.load(files, { components });
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  test(
    `${calls} calls of every kind side by side come to what they have to, and memory does not grow`,
    { timeout: fuzzTimeoutMs },
    async () => {
      const random = new Random(fuzzSeed());
      const readings: number[] = [];
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < calls) {
          next += 1;
          if (next % Math.max(1, Math.floor(calls / 40)) === 0) readings.push(process.memoryUsage.rss());
          await callOnce(runner, random, next);
        }
      };
      await Promise.all(Array.from({ length: width }, lane));
      expect(growthOf(readings)).toBeLessThan(growthMax[engine.name]);
    },
  );

  test(`${freshCalls} fresh calls, one after the other, leave nothing`, { timeout: fuzzTimeoutMs }, async () => {
    const readings: number[] = [];
    const step = Math.max(1, Math.floor(freshCalls / 200));
    for (let n = 0; n < freshCalls; n += 1) {
      const outcome = await runner.run({ id: `fresh-${n}`, tool: 'plain', input: { n } });
      if (n % step !== 0) continue;
      readings.push(process.memoryUsage.rss());
      expect(resultOf(outcome)).toEqual({ n: n + 1 });
    }
    expect(growthOf(readings)).toBeLessThan(growthMax[engine.name]);
  });
});
