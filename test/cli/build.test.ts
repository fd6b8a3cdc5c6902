import { existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '#wit/bundle';
import { olderNode } from './older-node.ts';
import { type TemporaryDirectory, copySample, runArc, runArcWell, temporaryDirectory } from './run-arc.ts';

const home = temporaryDirectory();
const directory = temporaryDirectory();
afterAll(() => {
  home[Symbol.dispose]();
  directory[Symbol.dispose]();
});
const arc = (...args: readonly string[]) => runArc(args, { home: home.path, directory: directory.path });
const bundleName = 'invoice-kit-0.2.0.aria';
let project: string;
beforeAll(() => {
  project = copySample('invoice-kit', directory.path);
});

/** Every file below a directory, relative to it. */
function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('arc build', () => {
  test('writes the bundle below the project, its path to stdout, and what comes next to stderr', async () => {
    const { code, stdout, stderr } = await arc('build', 'invoice-kit');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `invoice-kit/dist/${bundleName}\n` });
    expect(stderr).toContain('next: arc inspect');
    expect(stderr).toContain('arc run invoice-kit');
    const { manifest } = readBundle(readFileSync(join(project, 'dist', bundleName)));
    expect(manifest.tools.map(({ name }) => name)).toEqual(['findOrder', 'pause', 'reverseBytes', 'spin', 'sumLines']);
    expect(manifest.tools.find(({ name }) => name === 'sumLines')).toMatchObject({
      tokens: ['kv:invoices:rw'],
      imports: ['aria:host/kv@0.1.0', 'aria:host/log@0.1.0', 'aria:host/timer@0.1.0'],
    });
    expect(manifest.tools.find(({ name }) => name === 'spin')).toMatchObject({ computeMs: 200 });
  });
  test('suggests a call with an input that fits', async () => {
    const { stderr } = await arc('build', 'invoice-kit');
    const [, path, tool, input] = /arc run (\S+) (\S+) --input '(.*)'\n/.exec(stderr) ?? [];
    const { code, stderr: told } = await arc('run', path ?? '', tool ?? '', '--input', input ?? '');
    expect(told).not.toContain('INPUT_INVALID');
    expect(code).toBe(1);
    expect(told).toContain('ORDER_NOT_FOUND');
  });
  test('--json prints one JSON document that names path, hashes and tools', async () => {
    const { code, stdout } = await arc('build', 'invoice-kit', '--json');
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as { path: string; hash: string; size: number };
    const bytes = readFileSync(result.path);
    expect(result).toMatchObject({
      kind: 'done',
      name: 'invoice-kit',
      version: '0.2.0',
      size: bytes.length,
      hash: readBundle(bytes).hash,
    });
  });
  test.each([
    ['a file', 'given.aria', 'given.aria'],
    ['a directory that does not exist', 'made/for it', `made/for it/${bundleName}`],
  ])('--out takes %s', async (_kind, out, written) => {
    const { code, stdout } = await arc('build', 'invoice-kit', '--out', out);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${written}\n` });
    expect(existsSync(join(directory.path, written))).toBe(true);
  });
  test.runIf(existsSync('/proc/self'))('--out refuses a place where no directory can be made', async () => {
    const { code, stdout, stderr } = await arc('build', 'invoice-kit', '--out', '/proc/none/given.aria');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Cannot write "/proc/none/given.aria": there is no such file or directory');
  });
  test.runIf(existsSync('/proc/self'))('a home that cannot be made costs only the time of a cache', async () => {
    const { code, stdout } = await runArc(['build', 'invoice-kit', '--out', 'homeless.aria'], {
      home: '/proc/none',
      directory: directory.path,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'homeless.aria\n' });
  });
  test('leaves no other file than the bundle beside it', async () => {
    await arc('build', 'invoice-kit', '--out', 'alone');
    expect(readdirSync(join(directory.path, 'alone'))).toEqual([bundleName]);
  });
  test('gives the same bytes on another path, at another time, without a cache and from an older Node', async () => {
    using otherHome = temporaryDirectory();
    using otherPlace: TemporaryDirectory = temporaryDirectory();
    mkdirSync(join(otherPlace.path, 'a', 'deeper place'), { recursive: true });
    const copy = copySample('invoice-kit', join(otherPlace.path, 'a', 'deeper place'));
    for (const file of filesBelow(copy)) utimesSync(file, 1_000_000_000, 1_000_000_000);
    const node = olderNode();
    await runArcWell(['build', '.', '--out', '../other.aria'], {
      home: otherHome.path,
      directory: copy,
      ...(node === undefined ? {} : { node }),
    });
    await arc('build', 'invoice-kit', '--out', 'first.aria');
    const [first, other] = [join(directory.path, 'first.aria'), join(copy, '../other.aria')].map((path) =>
      readFileSync(path),
    );
    expect(first?.equals(other ?? Buffer.alloc(0))).toBe(true);
  });
  test('gives other bytes after a change of the source, and the first ones after taking it back', async () => {
    const copy = copySample('invoice-kit', join(directory.path, 'changing'));
    const source = join(copy, 'src', 'invoice-kit.ts');
    const text = readFileSync(source, 'utf8');
    const build = async (): Promise<string> =>
      (JSON.parse((await arc('build', copy, '--json')).stdout) as { hash: string }).hash;
    const before = await build();
    writeFileSync(source, text.replace('sum + line', 'sum - line'));
    expect(await build()).not.toBe(before);
    writeFileSync(source, text);
    expect(await build()).toBe(before);
  });
  test('--target container is refused as not available', async () => {
    const { code, stdout, stderr } = await arc(
      'build',
      'invoice-kit',
      '--target',
      'container',
      '--out',
      'container.aria',
    );
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain('UNAVAILABLE');
    expect(existsSync(join(directory.path, 'container.aria'))).toBe(false);
  });
  test('--target auto places every tool in WebAssembly and says so', async () => {
    const { code, stderr } = await arc('build', 'invoice-kit', '--target', 'auto');
    expect(code).toBe(0);
    expect(stderr).toContain('placed all in WebAssembly');
  });
});

describe('a source with errors', () => {
  test('is told with file, line, column, its text and a remedy; nothing is written', async () => {
    const broken = copySample('broken', directory.path);
    const { code, stdout, stderr } = await arc('build', 'broken');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/src\/broken\.ts:3:\d+ error TOKEN_INVALID/);
    expect(stderr).toContain('1 error');
    expect(existsSync(join(broken, 'dist'))).toBe(false);
  });
  test('is told as JSON with --json', async () => {
    copySample('broken', directory.path);
    const { code, stdout } = await arc('build', 'broken', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'failed',
      error: { code: 'BUILD_FAILED' },
      diagnostics: [{ code: 'TOKEN_INVALID', severity: 'error', file: 'src/broken.ts', line: 3 }],
    });
  });
  test('that only shows when the module is loaded is told at the line that threw', async () => {
    copySample('top-level', directory.path);
    const { code, stdout } = await arc('build', 'top-level', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      diagnostics: [{ code: 'TOP_LEVEL_FAILED', file: 'src/top-level.ts', line: 4 }],
    });
    expect(stdout).toContain('no settings here');
  });
});

test('a project that is not there is refused', async () => {
  const { code, stdout, stderr } = await arc('build', 'nowhere');
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toContain('NOT_FOUND');
});

test('a place that cannot be written is told, and the earlier bundle stays', async () => {
  writeFileSync(join(directory.path, 'a-file'), 'as it was');
  const { code, stderr } = await arc('build', 'invoice-kit', '--out', 'a-file/below.aria');
  expect(code).toBe(2);
  expect(stderr).toContain('Cannot write');
  expect(readFileSync(join(directory.path, 'a-file'), 'utf8')).toBe('as it was');
});
