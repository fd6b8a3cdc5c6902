import { describe, expect, test } from 'vitest';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { createV8Engine } from '#host';
import { readComponent } from '../../host/engine/component-binary.ts';
import { readCoreModule } from '../../host/engine/core-module.ts';
import { type DetachedModule, detach } from '../../host/engine/v8/detached-module.ts';
import { MemoryImage } from '../../host/engine/v8/memory-image.ts';
import { ModuleCache } from '../../host/engine/v8/module-cache.ts';
import { pageBytes } from '../../host/limits.ts';
import { limits, start } from '../conformance/engine-subject.ts';
import { componentOf } from '../conformance/raw-guest.ts';
import { Random, fuzzSeed } from '../fuzz.ts';
import { buildTool } from '../guest-engine/sample-tool.ts';

async function detachText(text: string): Promise<DetachedModule | undefined> {
  return detach(readCoreModule(await parse(text)));
}

function quoted(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}

describe('a detached module', () => {
  test('is the same bytes for tools of other sources, tokens and memories', async () => {
    const tools = [
      await buildTool([], '1', 64),
      await buildTool(['kv:a:rw'], '"two"', 32),
      await buildTool(['gpu:any:compute'], '[3]', 16),
    ];
    const detached = tools.map((tool) => detach(readCoreModule(readComponent(tool).main)));
    const [first] = detached;
    if (!first) throw new Error('a tool was not detached');
    for (const found of detached) expect(Buffer.compare(found?.code ?? Buffer.of(), first.code)).toBe(0);
    expect(new Set(detached.map((found) => found?.imports.flat().join())).size).toBe(3);
  });

  test('has its imports by number, also tables and globals, and the names that the component gives them', async () => {
    const found = await detachText(
      '(module (import "a" "f" (func)) (import "b" "t" (table 1 funcref)) (import "a" "g" (global i32)) (memory 1))',
    );
    expect(found?.imports).toEqual([
      ['a', 'f'],
      ['b', 't'],
      ['a', 'g'],
    ]);
    expect(WebAssembly.Module.imports(await WebAssembly.compile(found?.code ?? new Uint8Array()))).toEqual([
      { module: 'aria:import', name: '0', kind: 'function' },
      { module: 'aria:import', name: '1', kind: 'table' },
      { module: 'aria:import', name: '2', kind: 'global' },
      { module: 'aria:memory', name: 'memory', kind: 'memory' },
    ]);
  });

  test('gets the memory that the whole one has, wherever its segments lie', async () => {
    for (let index = 0; index < 60; index += 1) {
      const random = new Random(fuzzSeed(), index);
      const pages = 1 + random.below(2);
      const segments: string[] = [];
      for (
        let at = random.below(40);
        at < pages * pageBytes;
        at += random.below(4) === 0 ? random.below(9_000) : random.below(20)
      ) {
        const length = Math.min(random.below(600), pages * pageBytes - at);
        const bytes = Uint8Array.from({ length }, () => random.below(256));
        segments.push(`(data (i32.const ${at}) "${quoted(bytes)}")`);
        at += length;
      }
      const text = `(module (memory (export "memory") ${pages} 9) ${segments.join(' ')})`;
      const bytes = (await parse(text)) as Uint8Array<ArrayBuffer>;
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      const found = detach(readCoreModule(bytes));
      if (!found) throw new Error(`not detached: ${text.slice(0, 500)}`);
      const memory = new WebAssembly.Memory({ initial: pages, maximum: 9 });
      new MemoryImage(found.image).writeInto(memory);
      // Elsewhere copies are right as well, and six times as slow.
      for (const run of found.image[1].flat()) expect(run % 8).toBe(0);
      const whole = exports['memory'] as WebAssembly.Memory;
      expect(Buffer.compare(Buffer.from(memory.buffer), Buffer.from(whole.buffer))).toBe(0);
    }
  });

  test.each([
    ['go backwards', '(data (i32.const 16) "b") (data (i32.const 8) "a")'],
    ['overlap', '(data (i32.const 8) "abc") (data (i32.const 10) "d")'],
    ['lie outside by a byte', '(data (i32.const 65535) "ab")'],
    ['lie outside above 2 GiB', '(data (i32.const -1) "a")'],
    ['are passive', '(data "a")'],
    ['are at an imported place', '(data (global.get 0) "a")'],
  ])('is not made of one whose segments %s', async (_, data) => {
    const around = (inside: string): string => `(module (import "a" "g" (global i32)) (memory 1) ${inside})`;
    expect(
      await detachText(around('(data (i32.const 8) "ab") (data (i32.const 10) "c") (data (i32.const 65535) "d")')),
    ).toBeDefined();
    expect(await detachText(around(data))).toBeUndefined();
  });

  test('is not made of one that imports another memory, or more than it may', async () => {
    expect(await detachText('(module (import "a" "m" (memory 1)) (memory 1))')).toBeUndefined();
    const many = (count: number): string => `(module ${'(import "a" "f" (func)) '.repeat(count)} (memory 1))`;
    expect(await detachText(many(1_024))).toBeDefined();
    expect(await detachText(many(1_025))).toBeUndefined();
  });
});

/** A tool that answers with two bytes of its memory, at 16. */
function answering(data: string, more = ''): Promise<Uint8Array> {
  return componentOf(
    `(module (memory (export "memory") 1) ${data}
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
    (func (export "aria:host/tool@0.1.0#begin") (param i32 i32 i32 i32 f64 i32 i32) (result i32) ${more}
      (i32.store8 (i32.const 1024) (i32.const 0)) (i32.store (i32.const 1028) (i32.const 16)) (i32.store (i32.const 1032) (i32.const 2))
      (i32.const 1024))
    (func (export "aria:host/tool@0.1.0#resume") (param i32 i32 i32 i32 f64) (result i32) unreachable))`,
    'world raw { export tool; }',
  );
}

describe('a component whose data is not plain', () => {
  test.each([
    ['goes backwards', '(data (i32.const 17) "k") (data (i32.const 16) "o")', ''],
    ['overlaps', '(data (i32.const 16) "xx") (data (i32.const 16) "ok")', ''],
    ['is passive', '(data $d "ok")', '(memory.init $d (i32.const 16) (i32.const 0) (i32.const 2))'],
    ['is dropped by its code', '(data $d (i32.const 16) "ok")', '(data.drop $d)'],
  ])('and %s runs as it is', async (_, data, more) => {
    await using engine = createV8Engine();
    using component = await engine.load(await answering(data, more));
    for (let calls = 0; calls < 3; calls += 1) {
      using call = component.open(limits);
      expect((await call.begin(start(''))).outcome).toEqual({ kind: 'done', output: 'ok' });
    }
  });

  test('and lies outside of its memory traps when a call wants an instance', async () => {
    await using engine = createV8Engine();
    using component = await engine.load(await answering('(data (i32.const 65535) "ok")'));
    using call = component.open(limits);
    expect((await call.begin(start(''))).outcome).toMatchObject({ kind: 'ended', code: 'TOOL_TRAPPED' });
  });
});

describe('compiled modules', () => {
  const module = async (value: number): Promise<Uint8Array<ArrayBuffer>> =>
    (await parse(`(module (func (export "f") (result i32) (i32.const ${value})))`)) as Uint8Array<ArrayBuffer>;

  test('of equal bytes are one, also while the first is compiled', async () => {
    const cache = new ModuleCache();
    const [a, b] = await Promise.all([cache.compile(await module(1)), cache.compile(await module(1))]);
    expect(b).toBe(a);
    expect(await cache.compile(await module(1))).toBe(a);
    expect(await cache.compile(await module(2))).not.toBe(a);
  });

  test('that V8 refuses are refused each time', async () => {
    const cache = new ModuleCache();
    const bytes = (await module(1)).subarray(0, 20);
    for (let times = 0; times < 2; times += 1)
      await expect(cache.compile(bytes)).rejects.toBeInstanceOf(WebAssembly.CompileError);
  });
});
