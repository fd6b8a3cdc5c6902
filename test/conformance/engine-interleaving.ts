/** A random script of what callers do with an engine. */
import * as fc from 'fast-check';
import type { EngineLimits } from '#wit/interfaces';
import { limits } from './engine-subject.ts';

/** Which guest a call has. */
export type GuestName = 'raw' | 'script';

/** Which operation a resume completes, and how. */
export interface Pick {
  /** Counts round through the open operations; a part of them names what is not open. */
  readonly which: number;
  readonly how: number;
}

/** One thing that a caller does. Numbers count round through what is there. */
export type Step =
  | {
      readonly kind: 'open';
      readonly guest: GuestName;
      readonly program: string;
      readonly limits: EngineLimits;
      readonly handle: number;
    }
  /** What comes next for the call. */
  | { readonly kind: 'advance'; readonly call: number; readonly ready: readonly Pick[] }
  /** Whether it may or not. */
  | { readonly kind: 'begin'; readonly call: number }
  | { readonly kind: 'resume'; readonly call: number; readonly ready: readonly Pick[] }
  | { readonly kind: 'settle'; readonly call: number }
  | { readonly kind: 'drop'; readonly call: number }
  | { readonly kind: 'breathe' }
  | { readonly kind: 'load'; readonly guest: GuestName }
  | { readonly kind: 'close'; readonly handle: number };

/** A run: the steps, and whether the engine is closed at its end. */
export interface Interleaving {
  readonly steps: readonly Step[];
  readonly closesEngine: boolean;
}

const pageBytes = 65_536;

function weighted(weights: Readonly<Record<string, number>>): fc.Arbitrary<string> {
  return fc.oneof(...Object.entries(weights).map(([text, weight]) => ({ weight, arbitrary: fc.constant(text) })));
}

const someLimits = {
  outputBytesMax: fc.constantFrom(2, 8, 1_000, limits.outputBytesMax, limits.outputBytesMax),
  logBytesMax: fc.constantFrom(3, 100_000),
  operationsOpenMax: fc.constantFrom(1, 3, 64, 64),
};

const rawProgram = fc
  .tuple(
    fc.array(
      weighted({
        s: 5,
        g: 4,
        bp: 2,
        w: 9,
        wx: 3,
        wxK: 1,
        wy: 3,
        wyE: 1,
        l: 3,
        ll: 2,
        b: 2,
        c: 3,
        C: 1,
        G: 1,
        S: 1,
        sswc: 2,
        swc: 3,
      }),
      { maxLength: 14 },
    ),
    weighted({ d: 8, wR: 4, e: 2, i: 1, O: 2, q: 2, bwd: 1, swbd: 1 }),
    weighted({ '': 12, t: 1, m: 1, v: 1, r: 1, I: 1, Z: 1, Y: 1, X: 1, V: 1, J: 1, j: 1, Pw: 1, Nd: 1, K: 1, E: 1 }),
    fc.nat(),
  )
  .map(([phrases, end, fault, at]) => [...phrases.toSpliced(at % (phrases.length + 1), 0, fault), end].join(''));

const scriptProgram = fc
  .array(weighted({ g: 20, s: 16, p: 12, a: 12, r: 16, u: 8, h: 16, c: 12, l: 8, b: 8, n: 8, t: 2, q: 1 }), {
    maxLength: 10,
  })
  .map((letters) => letters.join(''));

/** Some of the programs that spin have little time, and may meet their deadline wherever a busy machine lets them; the others are for dropping. */
const spinMs = fc.constantFrom(10, 25, limits.computeMsMax);

function withTime(given: Omit<EngineLimits, 'computeMsMax'>, program: string, ms: number): EngineLimits {
  return { ...given, computeMsMax: program.includes('q') ? ms : limits.computeMsMax };
}

const opening: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ ...someLimits, memoryBytesMax: fc.constantFrom(2, 3, 256) })
    .chain(({ memoryBytesMax: pages, ...given }) =>
      fc.record({ program: rawProgram, ms: spinMs, handle: fc.nat(9) }).map(({ program, ms, handle }) => ({
        kind: 'open' as const,
        guest: 'raw' as const,
        program,
        limits: withTime({ ...given, memoryBytesMax: pages * pageBytes }, program, ms),
        handle,
      })),
    ),
  fc
    .record({ ...someLimits, program: scriptProgram, ms: spinMs, handle: fc.nat(9) })
    .map(({ program, ms, handle, outputBytesMax, ...given }) => ({
      kind: 'open' as const,
      guest: 'script' as const,
      program,
      limits: withTime(
        {
          ...given,
          // An error has a stack, whose length is its own.
          outputBytesMax: program.includes('t') ? limits.outputBytesMax : outputBytesMax,
          memoryBytesMax: limits.memoryBytesMax,
        },
        program,
        ms,
      ),
      handle,
    })),
);

const call = fc.nat(5);
const guest = fc.constantFrom<GuestName>('raw', 'script');
const ready = fc.array(fc.record({ which: fc.nat(11), how: fc.nat(11) }), { maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: opening },
  { weight: 36, arbitrary: fc.record({ kind: fc.constant('advance'), call, ready }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('settle'), call }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('breathe') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('drop'), call }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('begin'), call }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resume'), call, ready }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('load'), guest }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close'), handle: fc.nat(9) }) },
);

/** One in twenty is a run that the engine does not survive. */
export const interleavings: fc.Arbitrary<Interleaving> = fc.record({
  steps: fc
    .tuple(opening, opening, fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }))
    .map(([one, other, more]) => [one, other, ...more]),
  closesEngine: fc.integer({ min: 0, max: 19 }).map((drawn) => drawn === 0),
});
