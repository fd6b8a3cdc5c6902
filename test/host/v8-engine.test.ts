import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createV8Engine } from '#host';
import type { EngineCall } from '#wit/interfaces';
import {
  beginRaw,
  expectEnded,
  expectUnharmed,
  javascript,
  limits,
  loadRaw,
  nowMs,
  ok,
  start,
} from '../conformance/engine-subject.ts';
import { componentOf, rawGuest } from '../conformance/raw-guest.ts';

const directories: string[] = [];

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-engine-'));
  directories.push(directory);
  return directory;
}

afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true }))));

describe('glue', () => {
  test('is made once for tools of the same imports, and read back by the next engine', async () => {
    const cacheDirectory = await temporaryDirectory();
    const tools = [await javascript('return 1;'), await javascript('return "two";')];
    {
      await using engine = createV8Engine({ cacheDirectory });
      for (const tool of tools) (await engine.load(tool))[Symbol.dispose]();
    }
    const [file, ...others] = await readdir(join(cacheDirectory, 'glue'));
    expect(others).toEqual([]);
    const path = join(cacheDirectory, 'glue', file ?? '');
    const written = await readFile(path, 'utf8');
    await using engine = createV8Engine({ cacheDirectory });
    using component = await engine.load(tools[0] ?? new Uint8Array());
    using call = component.open(limits);
    expect((await call.begin(start('{}'))).outcome).toEqual({ kind: 'done', output: '1' });
    expect(await readFile(path, 'utf8')).toBe(written);
  });

  test('that was changed on disk is made again, and not run', async () => {
    const cacheDirectory = await temporaryDirectory();
    const component = await rawGuest();
    {
      await using engine = createV8Engine({ cacheDirectory });
      await engine.compile(component);
    }
    const [file = ''] = await readdir(join(cacheDirectory, 'glue'));
    const path = join(cacheDirectory, 'glue', file);
    const written = await readFile(path, 'utf8');
    for (const changed of [
      written.replace('return function', 'throw 1; return function'),
      written.slice(0, 5_000),
      '',
      'nonsense',
    ]) {
      await writeFile(path, changed);
      await using engine = createV8Engine({ cacheDirectory });
      expect((await beginRaw({ engine }, 'd')).outcome.kind).toBe('done');
      expect(await readFile(path, 'utf8')).toBe(written);
    }
  });

  test('can be read and written by nobody but its owner', async () => {
    const cacheDirectory = join(await temporaryDirectory(), 'cache');
    await using engine = createV8Engine({ cacheDirectory });
    await engine.compile(await rawGuest());
    const directory = join(cacheDirectory, 'glue');
    const [file = ''] = await readdir(directory);
    const modes = [directory, join(directory, file)].map(async (path) => (await stat(path)).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o700, 0o600]);
  });

  test('lives in memory where the cache cannot be written', async () => {
    await using engine = createV8Engine({ cacheDirectory: '/dev/null/cache' });
    expect((await beginRaw({ engine }, 'd')).outcome.kind).toBe('done');
  });
});

describe('components', () => {
  test('with a name that would be code in the glue are COMPONENT_INVALID', async () => {
    await using engine = createV8Engine();
    const component = await componentOf(
      `(module (memory (export "memory") 1) (func (export "x'];globalThis.owned=1;['"))
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "aria:host/tool@0.1.0#begin") (param i32 i32 i32 i32 f64 i32 i32) (result i32) unreachable)
      (func (export "aria:host/tool@0.1.0#resume") (param i32 i32 i32 i32 f64) (result i32) unreachable))`,
      'world raw { export tool; }',
    ).catch(() => undefined);
    const bytes = component ?? renamed(await rawGuest());
    await expect(engine.load(bytes)).rejects.toMatchObject({ code: 'COMPONENT_INVALID' });
  });

  /** The guest with a quote in the name of its memory. */
  function renamed(component: Uint8Array): Uint8Array {
    const changed = Uint8Array.from(component);
    const at = Buffer.from(changed).indexOf('cabi_realloc');
    changed[at] = "'".charCodeAt(0);
    return changed;
  }

  test('whose bytes are changed are refused or run, and never harm the engine', async () => {
    await using engine = createV8Engine();
    const component = await rawGuest();
    for (let at = 8; at < component.length; at += 97) {
      const changed = Uint8Array.from(component);
      changed[at] = (changed[at] ?? 0) ^ 0x11;
      try {
        using loaded = await engine.load(changed);
        using call = loaded.open({ ...limits, computeMsMax: 300 });
        expect(['done', 'failed', 'waiting', 'ended']).toContain((await call.begin(start('sd'))).outcome.kind);
      } catch (error) {
        expect(error).toMatchObject({ code: 'COMPONENT_INVALID' });
      }
    }
    await expectUnharmed({ engine });
  });

  test('are read without copying what the caller changes later', async () => {
    await using engine = createV8Engine();
    const bytes = Uint8Array.from(await rawGuest());
    using component = await engine.load(bytes);
    bytes.fill(0);
    using call = component.open(limits);
    expect((await call.begin(start('d'))).outcome.kind).toBe('done');
  });
});

describe('workers', () => {
  test('a call whose journal is over its maximum cannot be rebuilt, and ends as UNAVAILABLE', async () => {
    await using engine = createV8Engine({ journalTurnsMax: 1, workersUsual: 1, sliceMs: 10 });
    using component = await loadRaw({ engine });
    using long = component.open(limits);
    using short = component.open(limits);
    await long.begin(start('swswsw'));
    await long.resume([ok(1)], nowMs);
    await long.resume([ok(2)], nowMs);
    await short.begin(start('swxKd'));
    using spinner = component.open({ ...limits, computeMsMax: 100 });
    const spun = spinner.begin(start('q'));
    const waited = long.resume([ok(3)], nowMs);
    expect((await short.resume([ok(1)], nowMs)).outcome.kind).toBe('done');
    expectEnded(await spun, 'DEADLINE_EXCEEDED');
    expectEnded(await waited, 'UNAVAILABLE');
  });

  test('a suspended call whose journal was let go ends as UNAVAILABLE when its worker has ended, and repeats nothing', async () => {
    await using engine = createV8Engine({ journalTurnsMax: 1, workersUsual: 1, workersMax: 1, sliceMs: 10 });
    using component = await loadRaw({ engine });
    using long = component.open(limits);
    await long.begin(start('swswsw'));
    await long.resume([ok(1)], nowMs);
    await long.resume([ok(2)], nowMs);
    using spinner = component.open({ ...limits, computeMsMax: 50 });
    expectEnded(await spinner.begin(start('q')), 'DEADLINE_EXCEEDED');
    expect((await long.resume([ok(3)], nowMs)).outcome).toMatchObject({ kind: 'ended', code: 'UNAVAILABLE' });
  });

  test('a new call whose input is over the maximum of a journal runs', async () => {
    await using engine = createV8Engine({ journalBytesMax: 1 });
    using component = await loadRaw({ engine });
    using call = component.open(limits);
    await call.begin(start('swd', [Uint8Array.of(1, 2)]));
    expect((await call.resume([ok(1)], nowMs)).outcome.kind).toBe('done');
  });

  test('journals over the maximum of all together are let go, the largest first', async () => {
    await using engine = createV8Engine({ journalsBytesMax: 2_000, workersUsual: 1, workersMax: 1, sliceMs: 10 });
    using component = await loadRaw({ engine });
    const [small, large] = [component.open(limits), component.open(limits)];
    await small.begin(start('swd'));
    await large.begin(start('swd', [new Uint8Array(3_000)]));
    using spinner = component.open({ ...limits, computeMsMax: 50 });
    expectEnded(await spinner.begin(start('q')), 'DEADLINE_EXCEEDED');
    expectEnded(await large.resume([ok(1)], nowMs), 'UNAVAILABLE');
    expect((await small.resume([ok(1)], nowMs)).outcome.kind).toBe('done');
  });

  test('spinners on every worker only delay the others', async () => {
    await using engine = createV8Engine({ workersUsual: 1, workersMax: 3, sliceMs: 10 });
    using component = await loadRaw({ engine });
    const spinners = Array.from({ length: 6 }, () => component.open({ ...limits, computeMsMax: 150 }));
    const spun = spinners.map((call) => call.begin(start('q')));
    expect((await beginRaw({ engine }, 'd')).outcome.kind).toBe('done');
    for (const turn of await Promise.all(spun)) expectEnded(turn, 'DEADLINE_EXCEEDED');
  });

  test('a guest that fills the heap of its worker ends as MEMORY_EXCEEDED, and the others are rebuilt', async () => {
    await using engine = createV8Engine({ workerHeapMb: 24 });
    using component = await engine.load(
      await javascript(`
      if (input.fill) { const key = 'k'.repeat(500000); for (let i = 0; i < 60; i += 1) sdk.kv('n').get(key); }
      await sdk.kv('n').get('k'); return 'fine';`),
    );
    using other = component.open(limits);
    const first = await other.begin(start('{}'));
    using hostile = component.open(limits);
    expectEnded(await hostile.begin(start('{"fill":true}')), 'MEMORY_EXCEEDED');
    expect((await other.resume([ok(first.operations[0]?.id ?? 0)], nowMs)).outcome).toEqual({
      kind: 'done',
      output: '"fine"',
    });
  });

  test('a text that is the argument of many operations ends the call as VALUE_TOO_LARGE', async () => {
    await using engine = createV8Engine();
    using component = await engine.load(
      await javascript(`
      const key = 'k'.repeat(1 << 20); const all = []; for (let i = 0; i < input.count; i += 1) all.push(sdk.kv('n').get(key)); await Promise.all(all);`),
    );
    using within = component.open(limits);
    expect((await within.begin(start('{"count":31}'))).operations).toHaveLength(31);
    using beyond = component.open(limits);
    expectEnded(await beyond.begin(start('{"count":33}')), 'VALUE_TOO_LARGE');
  });

  test('a component with a start function that loops ends by the deadline', async () => {
    const component = await componentOf(
      `(module (memory (export "memory") 1) (func $start (loop $l (br $l))) (start $start)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "aria:host/tool@0.1.0#begin") (param i32 i32 i32 i32 f64 i32 i32) (result i32) unreachable)
      (func (export "aria:host/tool@0.1.0#resume") (param i32 i32 i32 i32 f64) (result i32) unreachable))`,
      'world raw { export tool; }',
    );
    await using engine = createV8Engine();
    using loaded = await engine.load(component);
    using call = loaded.open({ ...limits, computeMsMax: 60 });
    expect((await call.begin(start('d'))).outcome).toMatchObject({ kind: 'ended', code: 'DEADLINE_EXCEEDED' });
    await expectUnharmed({ engine });
  });

  test('a call that is rebuilt again and again gives what it would have given', async () => {
    await using engine = createV8Engine({ sliceMs: 5 });
    using component = await engine.load(
      await javascript(`
      if (input.spin) for (;;);
      const seen = []; for (let i = 0; i < 6; i += 1) seen.push(await sdk.kv('n').getText('k' + i), Math.random()); return seen;`),
    );
    const run = async (disturb: boolean): Promise<unknown> => {
      using call = component.open(limits);
      let turn = await call.begin(start('{}'));
      while (turn.outcome.kind === 'waiting') {
        if (disturb) {
          const spinners = Array.from({ length: 4 }, () => component.open({ ...limits, computeMsMax: 30 }));
          await Promise.all(spinners.map((spinner) => spinner.begin(start('{"spin":true}'))));
        }
        turn = await call.resume(
          turn.operations.map(({ id, args }) => ok(id, new TextEncoder().encode(String(args[1])))),
          nowMs,
        );
      }
      return turn.outcome;
    };
    const quiet = await run(false);
    expect(quiet).toMatchObject({ kind: 'done' });
    expect(await run(true)).toEqual(quiet);
  });
});

describe('the engine', () => {
  test('closes twice, cancels what runs, and opens nothing afterwards', async () => {
    const engine = createV8Engine();
    const component = await loadRaw({ engine });
    const spinning = component.open(limits).begin(start('q'));
    const suspended: EngineCall = component.open(limits);
    await suspended.begin(start('sw'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await engine[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    expectEnded(await spinning, 'CANCELLED');
    expect(() => component.open(limits)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
    await expect(engine.load(await rawGuest())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expectEnded(await suspended.resume([ok(1)], nowMs), 'CANCELLED');
    suspended[Symbol.dispose]();
  });

  test('opens as many calls as its maximum, and one more when one has ended', async () => {
    await using engine = createV8Engine({ callsOpenMax: 2 });
    using component = await loadRaw({ engine });
    const calls = [component.open(limits), component.open(limits)];
    expect(() => component.open(limits)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
    calls[0]?.[Symbol.dispose]();
    using third = component.open(limits);
    expect((await third.begin(start('d'))).outcome.kind).toBe('done');
    // Its end made room, although nobody dropped it.
    component.open(limits)[Symbol.dispose]();
  });

  test('refuses a completion that is no value at all, and the call can go on', async () => {
    await using engine = createV8Engine();
    using component = await loadRaw({ engine });
    using call = component.open(limits);
    await call.begin(start('swxKd'));
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    for (const value of [() => 1, Symbol('s'), [() => 1], cyclic]) {
      expect(() => call.resume([ok(1, value)], nowMs)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    }
    expect((await call.resume([ok(1)], nowMs)).outcome.kind).toBe('done');
  });

  test('keeps no memory of calls that have ended', async () => {
    await using engine = createV8Engine({ workersUsual: 1, workerHeapMb: 256 });
    using component = await loadRaw({ engine });
    const run = async (count: number): Promise<number> => {
      for (let index = 0; index < count; index += 1) {
        using call = component.open(limits);
        await call.begin(start(index % 3 === 0 ? 'sw' : 'lbd'));
      }
      return process.memoryUsage().rss;
    };
    const before = await run(4_000);
    const after = await run(12_000);
    // Kept, 12,000 instances would be 1.5 GiB of linear memory and 2 GiB of glue; garbage may wait for its collector.
    expect(after - before).toBeLessThan(320 * 1024 * 1024);
  });
});
