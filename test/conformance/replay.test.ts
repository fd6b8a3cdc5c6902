/**
 * What a call was told on one engine, told to another, gives the same turns, byte for byte. With one engine alone a second one of its kind stands in.
 * `ARIA_REPLAY_PROGRAMS` sets how many random programs there are.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, EngineLimits, LoadedComponent } from '#wit/interfaces';
import { Random, fuzzSeed, fuzzTimeoutMs } from '../fuzz.ts';
import { javascript, limits } from './engine-subject.ts';
import { enginesUnderTest } from './engines-under-test.ts';
import { buildExample, exampleCalls, exampleNames } from './replay-examples.ts';
import { randomProgram } from './replay-programs.ts';
import { type Recording, RecordingHost, type ToolInput, comparable, replay } from './replay-recording.ts';

const programs = Number(process.env['ARIA_REPLAY_PROGRAMS'] ?? 60);
const [one, other = one] = enginesUnderTest;
if (!one || !other) throw new Error('Cannot replay: there is no engine');
const [oneName, otherName] = [one.name, one === other ? `another ${one.name}` : other.name];

/** One component on both engines. */
class Pair implements Disposable {
  readonly #both: readonly [LoadedComponent, LoadedComponent];

  constructor(both: readonly [LoadedComponent, LoadedComponent]) {
    this.#both = both;
  }

  /** Records on one of them, and replays on the other. */
  async recordAndReplay(
    host: RecordingHost,
    { recorder, limits, input }: { readonly recorder: 0 | 1; readonly limits: EngineLimits; readonly input: ToolInput },
  ): Promise<Recording> {
    const recording = await host.record(this.#both[recorder], limits, input);
    const turns = await replay(this.#both[recorder === 0 ? 1 : 0], recording);
    expect(turns.map(comparable)).toStrictEqual(recording.turns.map(comparable));
    return recording;
  }

  [Symbol.dispose](): void {
    for (const component of this.#both) component[Symbol.dispose]();
  }
}

describe(`calls on ${oneName} and on ${otherName} repeat each other`, () => {
  let engines: readonly [Engine, Engine];
  beforeAll(() => {
    engines = [one.create(), other.create()];
  });
  afterAll(async () => {
    for (const engine of engines) await engine[Symbol.asyncDispose]();
  });

  async function load(component: Uint8Array): Promise<Pair> {
    const [first, second] = engines;
    const loaded = await first.load(await first.compile(component));
    return new Pair([loaded, await second.load(await second.compile(component))]);
  }

  test.each(exampleNames())('every tool of the example %s', async (name) => {
    const tools = await buildExample(name);
    const calls = exampleCalls[name] ?? [];
    expect(new Set(calls.map(({ tool }) => tool))).toEqual(new Set(tools.keys()));
    const hosts = ([0, 1] as const).map((recorder) => ({
      recorder,
      host: new RecordingHost(new Random(fuzzSeed(), recorder), { refuses: false }),
    }));
    for (const { tool, input, blobs = [] } of calls) {
      const found = tools.get(tool);
      if (!found) throw new Error(`Cannot replay: there is no tool "${tool}"`);
      using pair = await load(found.component);
      for (const { recorder, host } of hosts) {
        const { turns } = await pair.recordAndReplay(host, {
          recorder,
          limits: { ...limits, memoryBytesMax: found.memoryBytes },
          input: { input: JSON.stringify(input), blobs, tokens: found.tokens },
        });
        expect(['done', 'failed']).toContain(turns.at(-1)?.outcome.kind);
      }
    }
  });

  async function runProgram(program: string, random: Random): Promise<readonly Recording[]> {
    using pair = await load(await javascript(program));
    const host = new RecordingHost(random, { refuses: true });
    const input = { input: '{}', blobs: [], tokens: ['kv:n:rw'] };
    const there = await pair.recordAndReplay(host, { recorder: 0, limits, input });
    return [there, await pair.recordAndReplay(host, { recorder: 1, limits, input })];
  }

  test(`${programs} random programs`, { timeout: fuzzTimeoutMs }, async () => {
    const seed = fuzzSeed();
    let [turnCount, doneCount] = [0, 0];
    for (let index = 0; index < programs; index += 1) {
      const random = new Random(seed, index);
      const program = randomProgram(random);
      try {
        for (const { turns } of await runProgram(program, random)) {
          turnCount += turns.length;
          if (turns.at(-1)?.outcome.kind === 'done') doneCount += 1;
        }
      } catch (cause) {
        const how = `ARIA_FUZZ_SEED=${seed} ARIA_REPLAY_PROGRAMS=${index + 1}`;
        const text = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`Program ${index} differs; repeat with ${how}: ${text}\n${program}`, { cause });
      }
    }
    // Most come to their end, and by many turns: else the programs would not do what they are made for.
    expect(doneCount).toBeGreaterThan(programs);
    expect(turnCount).toBeGreaterThan(programs * 10);
  });
});
