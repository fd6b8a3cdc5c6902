/** Root directories: the same contents are the same directory, built once, checked at each use, and the old ones go. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locateBun, locateLibraries } from '../../../quilt-adapter/containers/bun-binary.ts';
import { readElf } from '../../../quilt-adapter/containers/elf.ts';
import { rootsMax } from '../../../quilt-adapter/containers/limits.ts';
import {
  type RootDirectoryOptions,
  buildRootDirectory,
  warmRootDirectory,
} from '../../../quilt-adapter/containers/root-directory.ts';

let top = '';
/** A small program with libraries, so that these tests do not hash 100 MB. */
const bun = process.execPath;
let small = '';
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'aria-root-'));
  small = path.join(top, 'program');
  writeFileSync(small, readFileSync('/bin/sh'), { mode: 0o755 });
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const at = (name: string) => path.join(top, name);
const build = (cache: string, text = 'one') =>
  buildRootDirectory({ cacheDirectory: at(cache), bun: small, files: new Map([['/aria/agent.js', bytes(text)]]) });

test('two builds in two places have the same hash, the same paths, modes and contents, and no times', async () => {
  const [one, two] = [await build('one'), await build('two')];
  expect(one.hash).toBe(two.hash);
  const describeTree = (root: string) =>
    readdirSync(root, { recursive: true })
      .map(String)
      .toSorted()
      .map((name) => {
        const state = lstatSync(path.join(root, name));
        return [name, state.mode, state.isFile() ? readFileSync(path.join(root, name)).length : 0];
      });
  expect(describeTree(one.path)).toEqual(describeTree(two.path));
  for (const name of readdirSync(one.path, { recursive: true }).map(String))
    if (name !== 'bin/bun') expect(statSync(path.join(one.path, name)).mtimeMs).toBe(0);
  expect(readFileSync(path.join(one.path, 'aria/agent.js'), 'utf8')).toBe('one');
});

test('other contents are another directory, and another directory to mount upon is, too', async () => {
  const hashes = [(await build('one')).hash, (await build('one', 'two')).hash];
  const more = await buildRootDirectory({ cacheDirectory: at('one'), bun: small, directories: ['/data/deep'] });
  expect(new Set([...hashes, more.hash]).size).toBe(3);
  expect(statSync(path.join(more.path, 'data/deep')).isDirectory()).toBe(true);
});

test('builders at the same time share one directory and leave nothing beside it', async () => {
  const built = await Promise.all(Array.from({ length: 6 }, () => build('one')));
  expect(new Set(built.map(({ path: place }) => place)).size).toBe(1);
  expect(readdirSync(at('one/roots'))).toEqual([built[0]?.hash]);
});

test('the second use builds nothing; one that was changed, lacks or has more is built anew', async () => {
  const { path: root } = await build('one');
  const made = () => statSync(root).ino;
  const first = made();
  await build('one');
  expect(made()).toBe(first);
  const agent = path.join(root, 'aria/agent.js');
  for (const spoil of [
    () => writeFileSync(agent, 'two'),
    () => chmodSync(agent, 0o666),
    () => rmSync(path.join(root, 'etc/passwd')),
    () => writeFileSync(path.join(root, 'etc/more'), ''),
    () => writeFileSync(path.join(path.dirname(root), 'manifest.json'), '{}'),
    () => rmSync(path.join(root, 'bin/bun')),
  ]) {
    spoil();
    const again = await build('one');
    expect(again.path).toBe(root);
    expect([
      readFileSync(agent, 'utf8'),
      existsSync(path.join(root, 'etc/passwd')),
      existsSync(path.join(root, 'etc/more')),
    ]).toEqual(['one', true, false]);
    expect(statSync(agent).mode & 0o777).toBe(0o644);
  }
});

describe('a script for Bun', () => {
  const place = '/aria/script.js';
  const text = "const { freemem } = require('node:os'); process.stdout.write(`${typeof freemem} ${process.argv[1]}`);";
  const compile = (cache: string, script = text, more: Partial<RootDirectoryOptions> = {}) =>
    buildRootDirectory({ cacheDirectory: at(cache), scripts: new Map([[place, bytes(script)]]), ...more });
  const contents = (root: string) => ['', '.jsc'].map((end) => readFileSync(path.join(root, place + end)));

  test('is there with its bytecode, which Bun uses, and is the same wherever it was made', async () => {
    // What lies above is nobody's settings.
    writeFileSync(at('tsconfig.json'), '{ "compilerOptions": { "paths": { "node:os": ["./elsewhere.js"] } } }');
    writeFileSync(at('bunfig.toml'), 'nonsense');
    const [one, two] = [await compile('one'), await compile('two')];
    expect(one.hash).toBe(two.hash);
    expect(contents(one.path)).toEqual(contents(two.path));
    expect(readdirSync(path.dirname(one.path)).toSorted()).toEqual(['manifest.json', 'root']);
    expect(contents(one.path).some((content) => content.includes(top))).toBe(false);
    const file = path.join(one.path, place);
    const run = () => {
      const { stdout, stderr } = spawnSync(one.bun, [file], {
        encoding: 'utf8',
        env: { BUN_JSC_verboseDiskCache: '1' },
      });
      return { stdout, isRead: stderr.includes('Cache hit') };
    };
    expect(run()).toEqual({ stdout: `function ${file}`, isRead: true });
    rmSync(`${file}.jsc`);
    expect(run()).toEqual({ stdout: `function ${file}`, isRead: false });
  });

  test('is made again where it or its bytecode was changed, and only there', async () => {
    const { path: root } = await compile('one');
    const made = () => statSync(root).ino;
    const [first, before] = [made(), contents(root)];
    await compile('one');
    expect(made()).toBe(first);
    for (const end of ['', '.jsc']) {
      writeFileSync(path.join(root, place + end), 'x');
      expect(contents((await compile('one')).path)).toEqual(before);
    }
    const record = path.join(path.dirname(root), 'manifest.json');
    writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, 'utf8')), made: {} }));
    expect(contents((await compile('one')).path)).toEqual(before);
    expect(Object.keys(JSON.parse(readFileSync(record, 'utf8')).made)).toEqual([place, `${place}.jsc`]);
  });

  test('is another directory than the file of the same text, and is refused with the reason of Bun', async () => {
    const file = await buildRootDirectory({ cacheDirectory: at('one'), files: new Map([[place, bytes(text)]]) });
    expect((await compile('one')).hash).not.toBe(file.hash);
    for (const [script, reason] of [
      ['const = 1;', /const = 1|error/],
      ["require('./elsewhere.js');", /elsewhere/],
    ] as const)
      await expect(compile('one', script)).rejects.toMatchObject({
        code: 'CONTAINERS_UNAVAILABLE',
        message: expect.stringMatching(reason),
      });
    await expect(compile('two', text, { bun: small })).rejects.toMatchObject({ code: 'CONTAINERS_UNAVAILABLE' });
    expect(readdirSync(at('two/roots'))).toEqual([]);
    const large = new Map([['/a', new Uint8Array(64 * 1024 * 1024)]]);
    await expect(compile('two', text, { files: large })).rejects.toMatchObject({ code: 'CONTAINER_SPEC_INVALID' });
  });
});

test('only the newest by use are kept, and what a dead builder has left goes after an hour', async () => {
  const roots = at('one/roots');
  for (let index = 0; index < rootsMax + 2; index += 1) {
    const { hash } = await build('one', `text ${index}`);
    const time = new Date(1_700_000_000_000 + index * 1000);
    utimesSync(path.join(roots, hash, 'manifest.json'), time, time);
  }
  const left = path.join(roots, '.building-dead');
  writeFileSync(left, '');
  utimesSync(left, 1, 1);
  const current = await build('one', 'text 0');
  const names = readdirSync(roots);
  expect(names.length).toBe(rootsMax);
  expect(names).toContain(current.hash);
  expect(existsSync(left)).toBe(false);
});

test('paths that are none, and files that are too many, are refused', async () => {
  for (const place of ['etc/x', '/', '/a/../b', '/a/', '/a\0b', '/bin', '/bin/bun/x']) {
    const files = new Map([[place, bytes('x')]]);
    await expect(buildRootDirectory({ cacheDirectory: at('one'), bun: small, files })).rejects.toMatchObject({
      code: 'CONTAINER_SPEC_INVALID',
    });
  }
  const large = new Map([['/a', new Uint8Array(64 * 1024 * 1024 + 1)]]);
  await expect(buildRootDirectory({ cacheDirectory: at('one'), bun: small, files: large })).rejects.toMatchObject({
    code: 'CONTAINER_SPEC_INVALID',
  });
});

test('a place that takes no directories is refused, and what is made can be passed whatever the umask', async () => {
  const nowhere = buildRootDirectory({ cacheDirectory: '/proc/aria-none/cache', bun: small });
  await expect(nowhere).rejects.toMatchObject({ code: 'IO_FAILED' });
  const before = process.umask(0o077);
  try {
    const { path: root } = await build('deep/cache');
    for (let made = root; made !== top; made = path.dirname(made)) expect(statSync(made).mode & 0o777).toBe(0o755);
    expect(statSync(path.join(root, 'bin/bun')).mode & 0o777).toBe(0o755);
  } finally {
    process.umask(before);
  }
});

test('a program that is none, or of another machine, is refused by what it is', () => {
  writeFileSync(at('text'), '#!/bin/sh\n');
  expect(() => readElf(at('text'))).toThrow(expect.objectContaining({ code: 'CONTAINERS_UNAVAILABLE' }));
  const other = Buffer.from(readFileSync(small));
  other.writeUInt16LE(8, 18);
  writeFileSync(at('mips'), other);
  expect(() => readElf(at('mips'))).toThrow(/neither x64 nor arm64/);
  for (const length of [0, 3, 63]) {
    writeFileSync(at('short'), other.subarray(0, length));
    expect(() => readElf(at('short'))).toThrow(expect.objectContaining({ code: 'CONTAINERS_UNAVAILABLE' }));
  }
});

test('a library that is missing is named', () => {
  const program = Buffer.from(readFileSync(small));
  const name = Buffer.from('libc.so.6\0');
  const where = program.indexOf(name);
  program.write('libq.so.6', where);
  writeFileSync(at('broken'), program);
  expect(() => locateLibraries(at('broken'))).toThrow(/libq\.so\.6/);
});

test('libraries are found through others, the loader stands where the program names it', () => {
  const found = locateLibraries(bun);
  const { interpreter, needed } = readElf(bun);
  const names = [...found.keys()].map((place) => path.basename(place));
  expect([...found.keys()][0]).toBe(interpreter);
  for (const name of needed) expect(names).toContain(name);
});

test("Bun's package is there, and its page cache can be warmed and interrupted", async () => {
  expect(readElf(locateBun()).architecture).toBe(process.arch);
  const root = await build('one');
  await warmRootDirectory(root, new AbortController().signal);
  await warmRootDirectory(root, AbortSignal.abort());
});
