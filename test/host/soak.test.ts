/**
 * Many calls of every kind, side by side, on one host: what is right, fails, spins, bursts, stalls, is cancelled, and what sleeps beside it.
 * Spinners end the worker that the others live in, so this is the crash test of workers, too. `ARIA_SOAK_CALLS` sets the length.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHost } from '#host';
import type { CallOutcome, ToolRunner } from '#wit/interfaces';
import { makeBundle } from '../conformance/tool-bundle.ts';
import { Random, fuzzSeed, fuzzTimeoutMs } from '../fuzz.ts';

const calls = Number(process.env['ARIA_SOAK_CALLS'] ?? 600);
/** Calls in flight at the same time. */
const width = 24;
const mebibyte = 1024 * 1024;
/** What V8 may keep of garbage between two readings; a leak of 1 KiB a call is ten times as much over a long run. */
const growthMax = 96 * mebibyte;

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

const host = createHost();
let runner: ToolRunner;

beforeAll(async () => {
  const samples = Object.entries(kinds).map(([name, { body }]) => ({
    name,
    body,
    tokens: ['kv:soak:rw'],
    // Long enough for a turn on a machine that is busy with something else; only what never ends meets its deadline.
    computeMs: name === 'spins' ? 300 : 10_000,
    memoryBytes: 16 * mebibyte,
  }));
  const { components, ...bundle } = await makeBundle(samples);
  runner = await host.load(bundle, { components });
});
afterAll(() => host[Symbol.asyncDispose]());

function resultOf(outcome: CallOutcome): unknown {
  return outcome.kind === 'done' ? outcome.output : outcome.error.code;
}

async function callOnce(random: Random, n: number): Promise<void> {
  const name = random.pick(drawn);
  const kind = kinds[name];
  const controller = new AbortController();
  if (kind?.cancelled) setTimeout(() => controller.abort(), random.below(30));
  const outcome = await runner.run({ id: `soak-${n}`, tool: name, input: { n } }, controller.signal);
  expect([name, n, resultOf(outcome)]).toEqual([name, n, kind?.expected(n)]);
}

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
        await callOnce(random, next);
      }
    };
    await Promise.all(Array.from({ length: width }, lane));
    // The first quarter warms up. Medians, since the collector's own time is its own.
    const settled = readings.slice(Math.floor(readings.length / 4));
    const median = (values: readonly number[]): number =>
      values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    const half = Math.floor(settled.length / 2);
    expect(median(settled.slice(half)) - median(settled.slice(0, half))).toBeLessThan(growthMax);
  },
);
