import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { importsOf, loadTemplate, rebuild } from '#guest-engine';

const mebibyte = 1024 * 1024;
const source = `"use strict";
const { kv } = require('@aria/sdk');
const table = new Map(Array.from({ length: 500 }, (_, index) => ['key' + index, Math.sqrt(index) / 3]));
exports.tool = { blobs: false, run: async ({ n }) => ({ found: table.get('key' + n), regexp: /a+b/u.test('aab') }) };`;

async function build(
  text = source,
  tokens: readonly string[] = [],
  options: { deadlineMs?: number; memoryMiB?: number; signal?: AbortSignal } = {},
) {
  const { deadlineMs, memoryMiB = 64, signal } = options;
  return rebuild({
    template: await loadTemplate(),
    source: text,
    name: 'sample',
    imports: importsOf(tokens),
    memoryBytesMax: memoryMiB * mebibyte,
    deadlineMs,
    signal,
  });
}

describe('rebuild', () => {
  test('gives the same bytes for the same source, in any order of builds', async () => {
    const first = await build();
    await build('exports.tool = { run: () => 1, blobs: false };');
    const second = await build();
    expect(second.hash).toBe(first.hash);
    expect(Buffer.compare(first.component, second.component)).toBe(0);
  });

  // Another V8 must not make another snapshot. `.ci/run` puts Node 24 there.
  const node24 = join(homedir(), `.cache/aria/node-24/node_modules/node-linux-${process.arch}/bin/node`);
  test.skipIf(!existsSync(node24))(
    'gives the same bytes in Node 24 as in Node 26, from another working directory',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'aria-rebuild-'));
      try {
        await writeFile(join(directory, 'source.js'), source);
        const script = fileURLToPath(new URL('rebuild-child.ts', import.meta.url));
        const { stdout } = await promisify(execFile)(
          node24,
          ['--no-warnings', script, join(directory, 'source.js'), 'kv:orders:rw'],
          { cwd: directory },
        );
        const { hash } = await build(source, ['kv:orders:rw']);
        expect(JSON.parse(stdout)).toEqual({ major: 24, hash });
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  );

  test.each([
    { tokens: [], names: ['log', 'timer'] },
    { tokens: ['kv:orders:r'], names: ['kv', 'log', 'timer'] },
    {
      tokens: ['net:api.example.com:443', 'fs:reports:r', 'llm:openai:gpt-4o'],
      names: ['files', 'llm', 'log', 'net', 'timer'],
    },
    {
      tokens: [
        'agent:clerk:call',
        'tool:sum:call',
        'context:session:r',
        'gpu:any:compute',
        'vector:a:r',
        'kv:a:r',
        'fs:a:r',
        'net:a:1',
        'llm:a:b',
      ],
      names: ['agents', 'context', 'files', 'gpu', 'kv', 'llm', 'log', 'net', 'timer', 'tools', 'vectors'],
    },
    { tokens: ['spawn:self:exec'], names: ['log', 'timer'] },
  ])('imports exactly what $tokens name', async ({ tokens, names }) => {
    const { component } = await build(source, tokens);
    const wit = await componentWit(component);
    const imported = [...wit.matchAll(/^ {2}import aria:host\/([a-z]+)@0\.1\.0;/gm)]
      .map(([, name]) => name)
      .filter((name) => name !== 'types');
    expect(imported.sort()).toEqual(names);
    expect(wit).not.toMatch(/wasi:/);
  });

  test('keeps wrappers in a directory, and makes a damaged one anew', async () => {
    const cacheDirectory = await mkdtemp(join(tmpdir(), 'aria-wrappers-'));
    try {
      const script = fileURLToPath(new URL('rebuild-child.ts', import.meta.url));
      await writeFile(join(cacheDirectory, 'source.js'), source);
      const inProcess = async (): Promise<string> =>
        (
          JSON.parse(
            (
              await promisify(execFile)(process.execPath, [
                script,
                join(cacheDirectory, 'source.js'),
                'kv:a:r',
                cacheDirectory,
              ])
            ).stdout,
          ) as { hash: string }
        ).hash;
      const expected = await inProcess();
      const [name = ''] = await readdir(join(cacheDirectory, 'wrappers'));
      const file = join(cacheDirectory, 'wrappers', name);
      const kept = await readFile(file);
      kept[kept.length - 40] = (kept.at(-40) ?? 0) ^ 1;
      await writeFile(file, kept);
      expect(await inProcess()).toBe(expected);
      await writeFile(file, kept.subarray(0, 70));
      expect(await inProcess()).toBe(expected);
      expect(await readdir(join(cacheDirectory, 'wrappers'))).toEqual([name]);
    } finally {
      await rm(cacheDirectory, { recursive: true, force: true });
    }
  });
});

test('a cache directory that cannot be written costs nothing but time', async () => {
  const template = await loadTemplate();
  const options = { template, source, name: 'sample', imports: importsOf(['fs:a:r']), memoryBytesMax: 64 * mebibyte };
  await expect(rebuild({ ...options, cacheDirectory: '/dev/null' })).resolves.toMatchObject({
    hash: expect.any(String),
  });
});

describe('a top level', () => {
  test.each([
    { does: 'throws', text: 'null.x', cause: 'TOOL_FAILED', says: /cannot read property/i },
    { does: 'is no JavaScript', text: 'const = 1', cause: 'TOOL_FAILED', says: /unexpected|expect/i },
    { does: 'sets no tool', text: 'exports.other = 1', cause: 'TOOL_FAILED', says: /tool/ },
    {
      does: 'uses the host',
      text: "require('@aria/sdk').log.info('x'); require('@aria/sdk').kv('a').get('b'); exports.tool = { run() {}, blobs: false }",
      cause: undefined,
      says: undefined,
    },
    { does: 'asks for an unknown module', text: "require('node:fs')", cause: 'TOOL_FAILED', says: /node:fs/ },
    {
      does: 'recurses without end',
      text: 'const f = (n) => f(n + 1) + 1; f(0)',
      cause: 'TOOL_FAILED',
      says: /call stack/i,
    },
  ])('that $does is a build error or harmless', async ({ text, cause, says }) => {
    const result = await build(text, ['kv:a:rw']).then(
      () => undefined,
      (error: unknown) =>
        error as { code: string; wire: { message: string; details: { cause: string; stack: string } } },
    );
    if (cause === undefined) return;
    expect(result?.code).toBe('BUILD_FAILED');
    expect(result?.wire.details.cause).toBe(cause);
    expect(result?.wire.message).toMatch(says);
  });
  test('that makes nonsense of its own description is still a build error', async () => {
    for (const text of [
      'Object.prototype.toJSON = () => null;',
      'Object.prototype.toJSON = () => 7;',
      'Object.prototype.toJSON = () => ({ code: 1 });',
    ])
      await expect(build(`${text} throw new Error('no');`)).rejects.toMatchObject({ code: 'BUILD_FAILED' });
  });
  test('that loops is ended at its deadline, and the next build is unharmed', async () => {
    const expected = await build();
    await expect(build('for (;;);', [], { deadlineMs: 300 })).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      wire: { details: { cause: 'DEADLINE_EXCEEDED' } },
    });
    expect((await build()).hash).toBe(expected.hash);
  });
  test('that grows beyond its memory is a build error that says so', async () => {
    const grows = 'const all = []; for (;;) all.push(new Uint8Array(100000).fill(all.length));';
    await expect(build(grows, [], { memoryMiB: 16 })).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      wire: { details: { cause: 'MEMORY_EXCEEDED' } },
    });
  });
  test('that would run is not run when the build was cancelled before', async () => {
    await expect(build(source, [], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
  test('that runs is ended when the build is cancelled', async () => {
    const controller = new AbortController();
    const built = build('for (;;);', [], { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(built).rejects.toMatchObject({ code: 'CANCELLED' });
  });
  test('sees the clock at 0 and the same random numbers every time', async () => {
    const text =
      'const at = Date.now(), drawn = Math.random(); if (at !== 0) throw new Error("clock " + at); exports.tool = { blobs: false, run: () => drawn };';
    expect((await build(text)).hash).toBe((await build(text)).hash);
  });
});

describe('the engine that the repository holds', () => {
  const built = new URL('../../guests/engine/built/', import.meta.url);
  test('is what its record says, and at most 500 KB as it is stored', async () => {
    const record = JSON.parse(await readFile(new URL('record.json', built), 'utf8')) as {
      template: string;
      'engine.wasm': { hash: string };
    };
    const template = await loadTemplate();
    expect(template.hash).toBe(record.template);
    expect(template.engineHash).toBe(record['engine.wasm'].hash);
    expect((await stat(new URL('engine.wasm.zst', built))).size).toBeLessThanOrEqual(500_000);
  });
});
