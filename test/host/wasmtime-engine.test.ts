/** What only the native engine does; what it has in common with V8 is in test/conformance. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { type WasmtimeEngineOptions, createWasmtimeEngine, openArtifactKey, wasmtimeAvailable } from '#host';
import { hashBytes } from '#wit/bundle';
import type { EngineCall, Turn } from '#wit/interfaces';
import { javascript, limits, nowMs, ok, start } from '../conformance/engine-subject.ts';
import { rawGuest } from '../conformance/raw-guest.ts';

const directory = join(homedir(), '.cache/aria/compiled');
const artifacts = wasmtimeAvailable() ? { directory, key: await openArtifactKey(join(directory, 'key')) } : undefined;

function open(options: WasmtimeEngineOptions = {}): ReturnType<typeof createWasmtimeEngine> {
  return createWasmtimeEngine({ artifacts, ...options });
}

async function wait(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

const held = { suspended: 0, onWorkers: 0 };

describe.skipIf(!wasmtimeAvailable())('the native engine', () => {
  test('lets calls beyond its pool wait for room, in their order, and refuses none', { timeout: 60_000 }, async () => {
    await using engine = open();
    using component = await engine.load(await engine.compile(await rawGuest()));
    const calls: { readonly call: EngineCall; readonly turn: Turn | Promise<Turn> }[] = [];
    for (let index = 0; index < 1_100; index += 1) {
      const call = component.open(limits);
      calls.push({ call, turn: call.begin(start('swxKd')) });
    }
    const waiting = calls.slice(1_024);
    const settled: number[] = [];
    for (const [index, { turn }] of waiting.entries()) void Promise.resolve(turn).then(() => settled.push(index));
    await wait(20);
    expect(settled).toEqual([]);
    expect(engine.figures().suspended).toBe(1_024);
    for (const { call, turn } of calls) {
      await turn;
      expect((await call.resume([ok(1)], nowMs)).outcome.kind).toBe('done');
    }
    expect(settled).toEqual(waiting.map((_, index) => index));
    expect(engine.figures()).toMatchObject(held);
  });

  test('a call that is dropped while it waits for room leaves its place to the next', async () => {
    await using engine = open();
    using component = await engine.load(await engine.compile(await rawGuest()));
    const calls = Array.from({ length: 1_026 }, () => component.open(limits));
    const turns = calls.map((call) => call.begin(start('sw')));
    calls[1_024]?.[Symbol.dispose]();
    expect((await turns[1_024])?.outcome).toMatchObject({ kind: 'ended', code: 'CANCELLED' });
    calls[0]?.[Symbol.dispose]();
    expect((await turns[1_025])?.outcome.kind).toBe('waiting');
    for (const call of calls) call[Symbol.dispose]();
    expect(engine.figures()).toMatchObject(held);
  });

  test('counts instructions where it is told to, and ends a call that has used its own up', async () => {
    await using engine = open({ fuel: true });
    using component = await engine.load(
      await engine.compile(await javascript('let n = 0; while (n < 3e5) n += 1; return n;')),
    );
    using rich = component.open({ ...limits, fuelMax: 1e12 });
    expect((await rich.begin(start('{}'))).outcome).toEqual({ kind: 'done', output: '300000' });
    using poor = component.open({ ...limits, fuelMax: 1e5 });
    expect((await poor.begin(start('{}'))).outcome).toMatchObject({
      kind: 'ended',
      code: 'DEADLINE_EXCEEDED',
      cause: 'fuel',
    });
  });

  test(
    'a tool that is called often is compiled whole, and calls that are open go on',
    { timeout: 60_000 },
    async () => {
      await using engine = open({ hotCalls: 5 });
      const tool = "const before = input.n; await sdk.kv('n').get('k'); return before + 1;";
      using component = await engine.load(await engine.compile(await javascript(tool)));
      const early = component.open(limits);
      const first = await early.begin(start('{"n":1}'));
      for (let index = 0; index < 10; index += 1) {
        using call = component.open(limits);
        await call.begin(start('{"n":1}'));
      }
      await engine.settled();
      for (const call of [early, component.open(limits)]) {
        const turn = call === early ? first : await call.begin(start('{"n":1}'));
        const [operation] = turn.operations;
        expect((await call.resume([ok(operation?.id ?? 0)], nowMs)).outcome).toEqual({ kind: 'done', output: '2' });
      }
    },
  );

  test('asks for the bytes of a component only where it has not compiled it before', async () => {
    const bytes = await javascript(`return ${JSON.stringify(`of ${process.pid}`)};`);
    let asked = 0;
    const reference = {
      key: hashBytes(bytes),
      bytes: async (): Promise<Uint8Array> => {
        asked += 1;
        return bytes;
      },
    };
    for (let round = 0; round < 2; round += 1) {
      await using engine = open();
      using component = await engine.load(reference);
      using call = component.open(limits);
      expect((await call.begin(start('{}'))).outcome).toEqual({ kind: 'done', output: `"of ${process.pid}"` });
    }
    expect(asked).toBe(1);
  });

  test('a turn that outlives its slice leaves this thread free, and its operations come with it', async () => {
    await using engine = open();
    using component = await engine.load(await engine.compile(await rawGuest()));
    using call = component.open(limits);
    // Some tens of milliseconds.
    const turn = call.begin(start(`s${'h'.repeat(40)}w`));
    expect(turn).toBeInstanceOf(Promise);
    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 1);
    expect((await turn).operations).toHaveLength(1);
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(0);
  });

  test('many calls at the same time are spread over threads, and each gets its own answer', async () => {
    await using engine = open();
    using component = await engine.load(await engine.compile(await javascript('return input.n * 2;')));
    const turns = Array.from({ length: 300 }, async (_, n) => {
      using call = component.open(limits, 300);
      return (await call.begin(start(JSON.stringify({ n })))).outcome;
    });
    expect(await Promise.all(turns)).toEqual(
      Array.from({ length: 300 }, (_, n) => ({ kind: 'done', output: String(n * 2) })),
    );
    expect(engine.figures()).toMatchObject(held);
  });

  test('takes small reservations where the process has little address space', { timeout: 60_000 }, async () => {
    const home = mkdtempSync(join(tmpdir(), 'aria-narrow-'));
    try {
      writeFileSync(join(home, 'component.wasm'), await javascript('return 41;'));
      const program = join(import.meta.dirname, 'programs/narrow-child.ts');
      // 32 GiB in KiB: enough for Node, too little for any pool.
      const command = `ulimit -v 33554432 && exec "${process.execPath}" "${program}" "${home}"`;
      const output = execFileSync('bash', ['-c', command], { encoding: 'utf8' });
      expect(JSON.parse(output)).toEqual({ allocation: 'small on demand', output: '41' });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
