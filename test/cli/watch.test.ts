import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createBuilder, watchProject } from '#compiler';
import { readBundle } from '#wit/bundle';
import type { OpenWatcher } from '../../compiler/watch-directories.ts';
import { foldersMax } from '../../compiler/watch-scope.ts';
import { temporaryDirectory } from './run-arc.ts';
import { WatchSession } from './watch-session.ts';

const home = temporaryDirectory();
const directory = temporaryDirectory();
afterAll(() => {
  home[Symbol.dispose]();
  directory[Symbol.dispose]();
});

let projects = 0;
const packageJson = (version = '1.0.0'): string => JSON.stringify({ name: 'kit', version, description: 'A kit' });
const toolOf = (name: string, result: string): string =>
  `import { tool } from '@aria/sdk';\nexport const ${name} = tool({ name: '${name}', description: 'Gives' }, () => (${result}));\n`;

/** A project of its own, with the tools `one` and `two`. */
class Project {
  readonly path: string;
  constructor(files: Readonly<Record<string, string>> = {}) {
    projects += 1;
    this.path = join(directory.path, `project-${projects}`);
    this.write({
      'package.json': packageJson(),
      'src/one.ts': toolOf('one', '{ n: 1 }'),
      'src/two.ts': toolOf('two', '{ n: 2 }'),
      ...files,
    });
  }
  at(path: string): string {
    return join(this.path, path);
  }
  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(this.at(path)), { recursive: true });
      // In one step: what is seen half-written would be built once more.
      const staged = join(directory.path, '.staged');
      writeFileSync(staged, text);
      renameSync(staged, this.at(path));
    }
  }
  watch(...args: readonly string[]): WatchSession {
    return new WatchSession([this.path, ...args], { home: home.path, directory: directory.path });
  }
}

function manifestAt(path: string) {
  return readBundle(readFileSync(path)).manifest;
}

describe('arc build --watch', () => {
  test('builds, waits, and builds again only the tool whose text has changed', async () => {
    const project = new Project();
    await using session = project.watch('--json');
    const first = await session.build();
    expect(first).toMatchObject({ kind: 'done', written: true, rebuilt: ['one', 'two'], version: '1.0.0' });
    // In place, as some editors do.
    writeFileSync(project.at('src/one.ts'), toolOf('one', '{ n: 10 }'));
    const second = await session.build();
    expect(second).toMatchObject({ kind: 'done', written: true, rebuilt: ['one'], path: first.path });
    expect(second.hash).not.toBe(first.hash);
    expect(readBundle(readFileSync(second.path ?? '')).hash).toBe(second.hash);
  });

  test('says one line for each build on stderr, and the path on stdout once for each bundle that changed', async () => {
    const project = new Project();
    await using session = project.watch();
    expect(await session.line()).toBe(`project-${projects}/dist/kit-1.0.0.aria`);
    await session.told('watching');
    project.write({ 'src/one.ts': toolOf('one', '{ n: 11 }') });
    await session.told('1 tool rebuilt (one)');
    project.write({ 'src/two.ts': toolOf('two', 'missing') });
    await session.told('stays as it was');
    project.write({ 'src/two.ts': toolOf('two', '{ n: 3 }') });
    await session.told('1 tool rebuilt (two)');
    const { code, stdout, stderr } = await session.interrupt();
    expect(code).toBe(130);
    expect(stdout).toBe(`project-${projects}/dist/kit-1.0.0.aria\n`.repeat(3));
    const lines = stderr.split('\n').filter((line) => /^\d\d:\d\d:\d\d /.test(line));
    expect(lines.map((line) => line.replaceAll(/^\S+ |\d+ ms|[\d.]+ KiB/g, ''))).toEqual([
      'built kit 1.0.0, : 2 tools rebuilt (one, two) in ',
      'built kit 1.0.0, : 1 tool rebuilt (one) in ',
      `refused: project-${projects}/dist/kit-1.0.0.aria stays as it was, in `,
      'built kit 1.0.0, : 1 tool rebuilt (two) in ',
    ]);
  });

  test('leaves the last good bundle where it is while the source has errors', async () => {
    const project = new Project();
    await using session = project.watch('--json');
    const first = await session.build();
    project.write({ 'src/one.ts': toolOf('one', 'nowhere') });
    expect(await session.build()).toMatchObject({
      kind: 'failed',
      error: { code: 'BUILD_FAILED' },
      diagnostics: [{ code: 'TS2304', file: 'src/one.ts' }],
      lastPath: first.path,
    });
    expect(readBundle(readFileSync(first.path ?? '')).hash).toBe(first.hash);
    project.write({ 'src/one.ts': toolOf('one', '{ n: 1 }') });
    // Nothing of the bundle has changed by the way.
    expect(await session.build()).toMatchObject({ kind: 'done', written: false, rebuilt: [], hash: first.hash });
  });

  test('a bundle of the same bytes is not written again, and its own output is no reason to build', async () => {
    const project = new Project();
    await using session = project.watch('--json');
    const { path = '' } = await session.build();
    const before = statSync(path, { bigint: true });
    project.write({ 'src/one.ts': toolOf('one', '{ n: 1 }') });
    expect(await session.build()).toMatchObject({ kind: 'done', written: false, rebuilt: [] });
    expect(statSync(path, { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
    project.write({ 'dist/more.ts': 'export const more = 1;\n', 'notes.txt': 'nothing that is read', 'src/.swap': '' });
    project.write({ 'package.json': packageJson('1.0.1') });
    // The very next line is of the very last change.
    expect(await session.build()).toMatchObject({ version: '1.0.1', rebuilt: [] });
  });

  test('sees files that come and go, folders that are renamed, and and a source folder that is renamed', async () => {
    const project = new Project();
    await using session = project.watch('--json');
    await session.build();
    const tools = async (): Promise<unknown> => (await session.build()).tools?.map(({ name }) => name);
    project.write({ 'src/three.ts': toolOf('three', '{ n: 3 }') });
    expect(await tools()).toEqual(['one', 'three', 'two']);
    rmSync(project.at('src/three.ts'));
    expect(await tools()).toEqual(['one', 'two']);
    project.write({ 'src/deep/er/four.ts': toolOf('four', '{ n: 4 }') });
    expect(await tools()).toEqual(['four', 'one', 'two']);
    renameSync(project.at('src/deep'), project.at('src/other'));
    expect(await session.build()).toMatchObject({ kind: 'done', rebuilt: ['four'] });
    project.write({ 'src/other/er/four.ts': toolOf('four', '{ n: 44 }') });
    expect(await session.build()).toMatchObject({ kind: 'done', rebuilt: ['four'] });
    // Without a src folder the sources of a project are wherever they are.
    renameSync(project.at('src'), project.at('elsewhere'));
    expect(await tools()).toEqual(['four', 'one', 'two']);
    project.write({ 'elsewhere/one.ts': toolOf('one', '{ n: 11 }') });
    expect(await session.build()).toMatchObject({ kind: 'done', rebuilt: ['one'] });
    renameSync(project.at('elsewhere'), project.at('src'));
    expect(await tools()).toEqual(['four', 'one', 'two']);
  });

  test('sees a file that appears where an import failed, beside the sources as well', async () => {
    const project = new Project({
      'src/one.ts': `import { n } from '../../beside-${projects + 1}/lib/n.ts';\n${toolOf('one', '{ n }')}`,
      'src/two.ts': `import data from './data.json';\n${toolOf('two', 'data')}`,
    });
    await using session = project.watch('--json');
    expect(await session.build()).toMatchObject({
      kind: 'failed',
      diagnostics: [{ file: 'src/one.ts' }, { file: 'src/two.ts' }],
      lastPath: null,
    });
    project.write({ 'src/data.json': '{ "n": 5 }' });
    expect(await session.build()).toMatchObject({ kind: 'failed', diagnostics: [{ file: 'src/one.ts' }] });
    mkdirSync(project.at(`../beside-${projects}`));
    project.write({ [`../beside-${projects}/lib/n.ts`]: 'export const n = 1;\n' });
    expect(await session.build()).toMatchObject({ kind: 'done', rebuilt: ['one', 'two'] });
    project.write({ [`../beside-${projects}/lib/n.ts`]: 'export const n = 2;\n' });
    expect(await session.build()).toMatchObject({ kind: 'done', rebuilt: ['one'] });
    project.write({ 'src/data.json': '{ "n": 6 }' });
    expect(await session.build()).toMatchObject({ kind: 'done', rebuilt: ['two'] });
  });

  test('sees configuration that changes, appears and goes', async () => {
    const project = new Project({ 'src/one.ts': toolOf('one', '((value?: { n: number }) => value.n)()') });
    await using session = project.watch('--json');
    expect(await session.build()).toMatchObject({ kind: 'failed', diagnostics: [{ code: 'TS18048' }] });
    project.write({ 'tsconfig.json': '{ "extends": "./base.json" }' });
    expect(await session.build()).toMatchObject({ kind: 'failed' });
    project.write({ 'base.json': '{ "compilerOptions": { "strict": false } }' });
    expect(await session.build()).toMatchObject({ kind: 'done', version: '1.0.0' });
    project.write({ 'aria.toml': '[project]\nversion = "2.0.0"\n' });
    expect(await session.build()).toMatchObject({ kind: 'done', version: '2.0.0' });
    rmSync(project.at('aria.toml'));
    expect(await session.build()).toMatchObject({ kind: 'done', version: '1.0.0' });
    rmSync(project.at('tsconfig.json'));
    expect(await session.build()).toMatchObject({ kind: 'failed', diagnostics: [{ code: 'TS18048' }] });
  });

  test('sees packages that are installed, changed and removed', async () => {
    const project = new Project({
      'src/one.ts': `import { hello } from 'greeter';\n${toolOf('one', '{ text: hello }')}`,
    });
    await using session = project.watch('--json');
    expect(await session.build()).toMatchObject({ kind: 'failed', diagnostics: [{ code: 'TS2307' }] });
    const greeter = (text: string): Record<string, string> => ({
      'node_modules/.greeter-new/package.json': '{ "name": "greeter", "version": "1.0.0" }',
      'node_modules/.greeter-new/index.d.ts': 'export declare const hello: string;\n',
      'node_modules/.greeter-new/index.js': `exports.hello = ${JSON.stringify(text)};\n`,
    });
    // As npm does: beside its place, then renamed.
    project.write(greeter('hello'));
    renameSync(project.at('node_modules/.greeter-new'), project.at('node_modules/greeter'));
    expect(await session.build()).toMatchObject({ kind: 'done', rebuilt: ['one', 'two'] });
    project.write({ 'node_modules/greeter/index.js': 'exports.hello = "changed";\n' });
    expect(await session.build()).toMatchObject({ kind: 'done', rebuilt: ['one'] });
    project.write(greeter('anew'));
    renameSync(project.at('node_modules/greeter'), project.at('node_modules/.greeter-old'));
    renameSync(project.at('node_modules/.greeter-new'), project.at('node_modules/greeter'));
    expect(await session.build()).toMatchObject({ kind: 'done', rebuilt: ['one'] });
    renameSync(project.at('node_modules'), project.at('not-installed'));
    expect(await session.build()).toMatchObject({ kind: 'failed', diagnostics: [{ code: 'TS2307' }] });
  });

  test('a change during a build leads to one more, which has it', async () => {
    const busy = (n: number): string =>
      `let rounds = 0;\nwhile (rounds < 30_000_000) rounds += 1;\n${toolOf('one', `{ n: ${n}, rounds }`)}`;
    const project = new Project({ 'src/one.ts': busy(1) });
    await using session = project.watch('--json');
    await session.told('Building components');
    project.write({ 'src/two.ts': toolOf('two', '{ n: 20 }') });
    const [first, second] = [await session.build(), await session.build()];
    expect(first).toMatchObject({ kind: 'done', rebuilt: ['one', 'two'] });
    expect(second).toMatchObject({ kind: 'done', rebuilt: ['two'] });
    const source = readBundle(readFileSync(second.path ?? '')).files.get('source/two.js');
    expect(Buffer.from(source ?? []).toString()).toContain('n: 20');
  });

  test('a single file is watched as a project is', async () => {
    const project = new Project();
    await using session = new WatchSession([project.at('src/one.ts'), '--json'], {
      home: home.path,
      directory: directory.path,
    });
    const names = async (): Promise<unknown> => (await session.build()).tools?.map(({ name }) => name);
    expect(await names()).toEqual(['one']);
    project.write({ 'src/two.ts': toolOf('two', '{ n: 22 }') });
    project.write({ 'src/one.ts': toolOf('uno', '{ n: 22 }') });
    expect(await names()).toEqual(['uno']);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it with 130, and nothing is half-written', async (signal) => {
    const project = new Project();
    const session = project.watch();
    await session.told('watching');
    const { code, stderr } = await session.interrupt(signal);
    expect(code).toBe(130);
    expect(stderr).toContain('CANCELLED');
    expect(readdirSync(project.at('dist'))).toEqual(['kit-1.0.0.aria']);
    expect(manifestAt(project.at('dist/kit-1.0.0.aria')).name).toBe('kit');
    expect(
      readdirSync(home.path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp')),
    ).toEqual([]);
  });

  test('ends with NOT_FOUND when the directory of the project goes', async () => {
    const project = new Project();
    const session = project.watch('--json', '--out', join(directory.path, 'out-of-it.aria'));
    await session.build();
    renameSync(project.path, `${project.path}-moved`);
    const { code, stderr } = await session.ended();
    expect(code).toBe(3);
    expect(stderr).toContain('NOT_FOUND');
    expect(stderr).not.toContain('    at ');
    expect(existsSync(join(directory.path, 'out-of-it.aria'))).toBe(true);
  });

  test('ends with NOT_FOUND where there is nothing to watch', async () => {
    const session = new WatchSession(['nowhere'], { home: home.path, directory: directory.path });
    expect(await session.ended()).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('NOT_FOUND') });
  });
});

test('a file that only the build itself has led to, and that changes during it, is built once more', async () => {
  const project = new Project({ 'src/one.ts': `import { n } from '../../found/n.ts';\n${toolOf('one', '{ n }')}` });
  project.write({ '../found/n.ts': 'export const n = 1;\n' });
  const controller = new AbortController();
  let changed = false;
  const builds = watchProject({
    directory: project.path,
    cacheDirectory: join(home.path, 'cache'),
    now: Date.now,
    signal: controller.signal,
    onStep: ({ kind }) => {
      if (kind === 'pack' && !changed) project.write({ '../found/n.ts': 'export const n = 2;\n' });
      if (kind === 'pack') changed = true;
    },
  });
  expect(await builds.next()).toMatchObject({ value: { kind: 'built', bundle: { rebuilt: ['one', 'two'] } } });
  expect(await builds.next()).toMatchObject({ value: { kind: 'built', written: true, bundle: { rebuilt: ['one'] } } });
  const next = builds.next();
  controller.abort();
  await expect(next).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('a builder that is asked for hashes makes the same bundle, and keeps no component in memory', async () => {
  const { path } = new Project();
  const setup = { directory: path, cacheDirectory: join(home.path, 'cache') };
  await using whole = createBuilder(setup);
  await using lean = createBuilder({ ...setup, components: 'hashes' });
  const expected = await whole.build();
  for (const rebuilt of [['one', 'two'], []]) {
    const outcome = await lean.build();
    if (outcome.kind === 'refused' || expected.kind === 'refused') throw new Error('The project was refused');
    expect(outcome.bundle).toMatchObject({ hash: expected.bundle.hash, rebuilt, components: new Map() });
    expect([...expected.bundle.components.keys()]).toEqual(['one', 'two']);
  }
});

describe('where watchers cannot be made', () => {
  const firstBuild = (path: string, openWatcher?: OpenWatcher) =>
    watchProject({
      directory: path,
      cacheDirectory: join(home.path, 'cache'),
      now: Date.now,
      ...(openWatcher === undefined ? {} : { openWatcher }),
    }).next();

  test.each(['ENOSPC', 'EMFILE'])('%s of the system is UNAVAILABLE, with what to do', async (code) => {
    const project = new Project();
    const exhausted = (): never => {
      throw Object.assign(new Error('no more'), { code });
    };
    await expect(firstBuild(project.path, exhausted)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      wire: { remedy: expect.stringContaining('max_user_watches') },
    });
  });

  test('a project of more folders than are watched is UNAVAILABLE, and one of as many is not', async () => {
    const project = new Project();
    // The source folder is one itself.
    for (let index = 1; index < foldersMax; index += 1) mkdirSync(project.at(`src/folder-${index}`));
    const held: string[] = [];
    const build = watchProject({
      directory: project.path,
      cacheDirectory: join(home.path, 'cache'),
      now: Date.now,
      openWatcher: (path) => {
        held.push(path);
        return { on: () => undefined, close: () => undefined } as never;
      },
    });
    await expect(build.next()).resolves.toMatchObject({ value: { kind: 'built' } });
    await build.return(undefined as never);
    expect(held.length).toBeGreaterThan(foldersMax);
    mkdirSync(project.at('src/one-more'));
    await expect(firstBuild(project.path)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
