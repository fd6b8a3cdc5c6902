import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { componentWit, parse, print } from '@bytecodealliance/jco-transpile/wasm-tools';
import { hashBytes } from '#wit/bundle';
import { importsOf, loadTemplate, rebuild, split } from '#guest-engine';
import { Random, fuzzSeed } from '../fuzz.ts';
import { buildTool } from './sample-tool.ts';
import { python } from '../another-host/wasmtime-python.ts';

const everything = [
  'kv:a:r',
  'net:example.org:443',
  'llm:openai:gpt-4o-mini',
  'fs:x:r',
  'vector:c:r',
  'gpu:any:compute',
  'tool:a:call',
  'agent:b:call',
  'context:session:r',
];

async function splitOf(component: Uint8Array, cacheDirectory?: string) {
  return split(component, { template: await loadTemplate(), cacheDirectory });
}

async function mustSplit(component: Uint8Array) {
  const parts = await splitOf(component);
  if (!parts) throw new Error('a component of the template was not split');
  return parts;
}

/** Where the first of these bytes begin. */
function find(bytes: Uint8Array, text: string): number {
  const at = Buffer.from(bytes).indexOf(text);
  if (at === -1) throw new Error(`no "${text}" in the component`);
  return at;
}

function changed(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** LEB128 of three bytes. */
function wide(value: number): number[] {
  return [(value & 127) | 128, ((value >> 7) & 127) | 128, value >> 14];
}

describe('split', () => {
  test('gives one engine for different tools, import sets and memories', async () => {
    const components = [
      await buildTool(),
      await buildTool([], '2'),
      await buildTool(everything),
      await buildTool(['kv:a:rw'], '1', 32),
    ];
    const parts = await Promise.all(components.map(mustSplit));
    const [first] = parts;
    for (const { engine, engineHash } of parts) {
      expect(engineHash).toBe(first?.engineHash);
      expect(hashBytes(engine)).toBe(engineHash);
    }
    expect(new Set(parts.map(({ tool }) => hashBytes(tool))).size).toBe(components.length);
  });

  test('gives an engine that has no memory of its own, and that V8 compiles', async () => {
    const { engine } = await mustSplit(await buildTool());
    const module = await WebAssembly.compile(engine as Uint8Array<ArrayBuffer>);
    const imports = WebAssembly.Module.imports(module);
    expect(imports.at(-1)).toEqual({ module: 'tool', name: 'memory', kind: 'memory' });
    expect(
      imports.slice(0, -1).every(({ module: from, kind }) => from.startsWith('aria:host/') && kind === 'function'),
    ).toBe(true);
  });

  test('gives a tool that carries no code of the engine', async () => {
    const whole = await buildTool();
    const { engine, tool } = await mustSplit(whole);
    expect(tool.length).toBeLessThan(whole.length - 0.95 * engine.length);
  });

  test('gives a tool that imports and exports what the whole component does, beside the engine', async () => {
    for (const tokens of [[], ['kv:a:r'], everything]) {
      const component = await buildTool(tokens);
      const { tool } = await mustSplit(component);
      expect(await componentWit(tool)).toBe(await componentWit(component));
      expect((await print(tool)).match(/^ {2}\(import "[^"]+" \(core module/gm)).toHaveLength(1);
    }
  });

  test('gives the same bytes again, with the wrapper from the disk and without', async () => {
    const component = await buildTool(['vector:c:r']);
    const first = await mustSplit(component);
    const directory = await mkdtemp(join(tmpdir(), 'aria-split-'));
    try {
      const program = `import { readFileSync } from 'node:fs';
        import { hashBytes } from '#wit/bundle';
        import { loadTemplate, split } from '#guest-engine';
        const component = readFileSync(${JSON.stringify(join(directory, 'tool.wasm'))});
        const { tool } = await split(component, { template: await loadTemplate(), cacheDirectory: ${JSON.stringify(directory)} });
        console.log(hashBytes(tool));`;
      await writeFile(join(directory, 'tool.wasm'), component);
      const run = async (): Promise<string> => {
        const options = { cwd: fileURLToPath(new URL('../..', import.meta.url)) };
        const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], options);
        return stdout.trim();
      };
      expect(await run()).toBe(hashBytes(first.tool));
      expect((await readdir(join(directory, 'wrappers'))).length).toBe(2);
      expect(await run()).toBe(hashBytes(first.tool));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('split leaves a component whole', () => {
  test('whose engine differs in a single bit of its code, types, exports or element segments', async () => {
    const component = await buildTool(['kv:a:r']);
    expect(await splitOf(component)).toBeDefined();
    const core = find(component, '\0asm\x01\0\0\0');
    const { engine } = await mustSplit(component);
    const random = new Random(fuzzSeed(), 0);
    // The engine's own sections lie in the component as they do in the engine, up to what the imports' names add.
    for (let index = 0; index < 40; index += 1) {
      const at = core + 8 + random.below(engine.length - 8);
      expect(await splitOf(changed(component, at)), `bit at ${at}`).toBeUndefined();
    }
  });

  test('whose wrapper differs', async () => {
    const component = await buildTool(['kv:a:r']);
    const core = find(component, '\0asm\x01\0\0\0');
    for (const at of [4, 8, find(component, 'too-many-operations'), core - 1, component.length - 1])
      expect(await splitOf(changed(component, at)), `bit at ${at}`).toBeUndefined();
    const after = Buffer.from(component).lastIndexOf('cabi_post_aria:host/tool@0.1.0#resume');
    expect(await splitOf(changed(component, after))).toBeUndefined();
    expect(await splitOf(Uint8Array.from([...component, 0, 1, 0]))).toBeUndefined();
  });

  test('that grants by its wrapper what its core module cuts', async () => {
    const plain = await buildTool();
    const granted = await buildTool(['kv:a:r']);
    const sizeAndCore = (component: Uint8Array): { start: number; end: number } => {
      const start = find(component, '\0asm\x01\0\0\0');
      const reader = component.subarray(start - 3, start);
      const size = ((reader[0] ?? 0) % 128) | (((reader[1] ?? 0) % 128) << 7) | ((reader[2] ?? 0) << 14);
      return { start, end: start + size };
    };
    const from = sizeAndCore(plain);
    const into = sizeAndCore(granted);
    const core = plain.subarray(from.start, from.end);
    const mixed = Buffer.concat([
      granted.subarray(0, into.start - 3),
      Uint8Array.from(wide(core.length)),
      core,
      granted.subarray(into.end),
    ]);
    expect(await splitOf(mixed)).toBeUndefined();
  });

  test('that ends early, anywhere', async () => {
    const component = await buildTool();
    const random = new Random(fuzzSeed(), 1);
    for (let index = 0; index < 40; index += 1)
      expect(await splitOf(component.subarray(0, random.below(component.length)))).toBeUndefined();
    expect(await splitOf(new Uint8Array())).toBeUndefined();
  });

  test('that is not of the template', async () => {
    expect(
      await splitOf(await parse('(component (core module (memory 1 1) (data (i32.const 0) "a")))')),
    ).toBeUndefined();
    const random = new Random(fuzzSeed(), 2);
    for (let index = 0; index < 200; index += 1)
      expect(await splitOf(Uint8Array.from({ length: random.below(64) }, () => random.below(256)))).toBeUndefined();
  });
});

test.skipIf(!python)(
  'a split component runs in Wasmtime, and takes a text that the host brings into a call of its own',
  async () => {
    const { component } = await rebuild({
      template: await loadTemplate(),
      source: `
const { kv } = require('@aria/sdk');
exports.tool = { blobs: false, async run({ name }) {
  const caught = await kv('orders').set('last', new Uint8Array(3)).catch((error) => error);
  return { name, code: caught.code, message: caught.message };
} };`,
      name: 'write',
      imports: importsOf(['kv:orders:rw']),
      memoryBytesMax: 64 * 1024 * 1024,
    });
    const { engine, tool } = await mustSplit(component);
    const directory = await mkdtemp(join(tmpdir(), 'aria-split-'));
    try {
      await writeFile(join(directory, 'engine.wasm'), engine);
      await writeFile(join(directory, 'tool.wasm'), tool);
      const script = fileURLToPath(new URL('split_host.py', import.meta.url));
      const args = [script, join(directory, 'engine.wasm'), join(directory, 'tool.wasm'), '{"name":"Zoë"}'];
      const { stdout } = await promisify(execFile)(python ?? '', args);
      const outcome = JSON.parse(stdout) as { output: string; turns: number };
      expect(JSON.parse(outcome.output)).toEqual({
        name: 'Zoë',
        code: 'UNAVAILABLE',
        message: expect.stringContaining('the store is away'),
      });
      expect(outcome.turns).toBe(2);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
);
