import { existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHost } from '#host';
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
  test('--target container places every tool in a container; the bundle and --json say why', async () => {
    const { code, stdout, stderr } = await arc(
      ...['build', 'invoice-kit', '--target', 'container', '--out', 'container.aria', '--json'],
    );
    expect(code).toBe(0);
    const placement = { engine: 'quickjs', substrate: 'container', reasons: ['the target is "container"'] };
    const { target, tools } = JSON.parse(stdout) as { target: string; tools: readonly { placement: unknown }[] };
    expect({ target, placements: new Set(tools.map((tool) => JSON.stringify(tool.placement))) }).toEqual({
      target: 'container',
      placements: new Set([JSON.stringify(placement)]),
    });
    expect(stderr).toContain('placed sumLines in a container:\n  the target is "container"\n');
    const { manifest } = readBundle(readFileSync(join(directory.path, 'container.aria')));
    expect(manifest.tools.every(({ component }) => component !== undefined)).toBe(true);
  });
  test('--target auto, which is the default, leaves in the sandbox what runs there, and says nothing of it', async () => {
    const { code, stdout, stderr } = await arc('build', 'invoice-kit', '--target', 'auto', '--json');
    expect(code).toBe(0);
    const { tools } = JSON.parse(stdout) as { tools: readonly { placement: { substrate: string } }[] };
    expect(new Set(tools.map(({ placement }) => placement.substrate))).toEqual(new Set(['wasm']));
    expect(stderr).not.toContain('placed');
    const plain = JSON.parse((await arc('build', 'invoice-kit', '--json')).stdout) as object;
    expect(plain).toEqual(JSON.parse(stdout));
  });
});

describe('a tool that needs a container', () => {
  const files = {
    'package.json': '{ "name": "machine-kit", "version": "1.0.0", "description": "Asks the machine" }\n',
    'src/guest.ts': `import { hostname } from 'node:os';
import { tool } from '@aria/sdk';

/** Names the machine. */
export const machine = tool({ resources: { cpus: 0.5 } }, (): { name: string } => ({ name: hostname() }));
/** Adds one. */
export const increment = tool({ trust: 'untrusted' }, (input: { n: number }) => ({ n: input.n + 1 }));
`,
  };
  beforeAll(() => {
    mkdirSync(join(directory.path, 'machine-kit/src'), { recursive: true });
    for (const [path, text] of Object.entries(files)) writeFileSync(join(directory.path, 'machine-kit', path), text);
  });

  test('is built without a component, checked, inspected, and compared with what was before', async () => {
    const { code, stderr } = await arc('build', 'machine-kit', '--out', 'machine.aria');
    expect(code).toBe(0);
    expect(stderr).toContain(
      'placed machine in a container:\n  src/guest.ts imports "node:os", which the sandbox does not have\n',
    );
    const checked = await arc('check', 'machine-kit', '--json');
    expect(JSON.parse(checked.stdout)).toMatchObject({
      kind: 'done',
      target: 'auto',
      tools: [
        { name: 'increment', placement: { engine: 'quickjs', substrate: 'container' } },
        { name: 'machine', placement: { engine: 'bun', substrate: 'container' } },
      ],
    });
    const { stdout } = await arc('inspect', 'machine.aria');
    expect(stdout).toMatch(/runs in +a container, and nowhere else\n +because +src\/guest\.ts imports "node:os"/);
    expect(stdout).toMatch(/container +0\.5 cores\n/);
    expect(stdout).toMatch(/component +none: it runs in a container alone\n/);
    expect(stdout).toMatch(/trust +untrusted\n/);
    await arc('build', 'machine-kit', '--target', 'container', '--out', 'later.aria');
    const diff = await arc('inspect', '--diff', 'machine.aria', 'later.aria');
    expect(diff.stdout).toContain('placement');
  });

  test('is refused by arc run, which has no containers; what runs in either runs, and says so', async () => {
    const refused = await arc('run', 'machine-kit', 'machine');
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 5, stdout: '' });
    expect(refused.stderr).toContain('UNAVAILABLE Cannot run the tool "machine" here: it runs in a container');
    expect(refused.stderr).toContain('aria up');
    const { code, stdout, stderr } = await arc('run', 'machine-kit', 'increment', '--input', '{"n":1}');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"n":2}\n' });
    expect(stderr).toContain('increment is placed in a container on a host; here it runs in the sandbox');
  });

  test('is refused with --target wasm, by check as by build, at its line', async () => {
    for (const command of ['check', 'build']) {
      const { code, stderr } = await arc(command, 'machine-kit', '--target', 'wasm');
      expect(code).toBe(1);
      expect(stderr).toMatch(/src\/guest\.ts:1:26 error NODE_BUILTIN Cannot import "node:os": tools run without Node/);
    }
  });

  test('is not loaded by a host of WebAssembly', async () => {
    await arc('build', 'machine-kit', '--out', 'machine.aria');
    await using host = createHost({ engine: 'v8' });
    const bundle = readBundle(readFileSync(join(directory.path, 'machine.aria')));
    await expect(host.load(bundle, { tools: ['machine'] })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      wire: { remedy: expect.stringContaining('aria up') },
    });
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
