/**
 * Callers do what they like, in any order and in any state, with several calls of two guests at once; each turn is what a model of the call said
 * before. `ARIA_INTERLEAVINGS` sets how many runs each engine gets; without it their time is bounded as well.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Engine } from '#wit/interfaces';
import { fuzzSeed, fuzzTimeoutMs } from '../fuzz.ts';
import { type GuestName, interleavings } from './engine-interleaving.ts';
import { InterleavingRun } from './engine-interleaving-run.ts';
import { scriptBody } from './engine-model-guests.ts';
import { javascript } from './engine-subject.ts';
import { enginesUnderTest } from './engines-under-test.ts';
import { rawGuest } from './raw-guest.ts';

const long = process.env['ARIA_INTERLEAVINGS'];
const runs = Number(long ?? 200);
/** What the gate gives an engine, in milliseconds; a machine that is slow runs fewer. */
const gateMsMax = 20_000;
/** A run that takes longer than this, in milliseconds, waits for something that does not come. */
const runMsMax = 60_000;
/** How turns end; runs that never come to one of these would prove nothing of it. */
const endings = [
  'waiting',
  'done',
  'failed',
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'OPERATIONS_EXCEEDED',
  'TOOL_TRAPPED',
  'VALUE_TOO_LARGE',
];

/** An engine that is there until a run has closed it, or has failed and may have left anything in it. */
class Reused implements AsyncDisposable {
  readonly #create: () => Engine;
  #engine: Engine | undefined;
  #artifacts: Readonly<Record<GuestName, Uint8Array>> | undefined;

  constructor(create: () => Engine) {
    this.#create = create;
  }

  async run(use: (engine: Engine, artifacts: Readonly<Record<GuestName, Uint8Array>>) => Promise<void>): Promise<void> {
    const engine = (this.#engine ??= this.#create());
    this.#artifacts ??= {
      raw: await engine.compile(await rawGuest()),
      script: await engine.compile(await javascript(scriptBody)),
    };
    try {
      await use(engine, this.#artifacts);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.[Symbol.asyncDispose]();
    this.#engine = undefined;
  }
}

describe.each(enginesUnderTest.map(({ name, create }) => [name, create] as const))('%s', (_, create) => {
  test(`${runs} random interleavings come to what the model says`, { timeout: fuzzTimeoutMs }, async () => {
    const seen = new Set<string>();
    await using reused = new Reused(create);
    const property = fc.asyncProperty(interleavings, (interleaving) =>
      reused.run(async (engine, artifacts) => {
        await new InterleavingRun(engine, artifacts, seen).run(interleaving);
        if (interleaving.closesEngine) await reused[Symbol.asyncDispose]();
      }),
    );
    await fc.assert(property, {
      seed: fuzzSeed(),
      numRuns: runs,
      timeout: runMsMax,
      ...(long === undefined && { interruptAfterTimeLimit: gateMsMax }),
    });
    expect([...seen]).toEqual(expect.arrayContaining(endings));
  });
});
