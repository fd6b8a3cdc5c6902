import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuildOutcome, type BuiltBundle, createBuilder } from '#compiler';
import { type Host, createHost } from '#host';
import type { CallOutcome, ToolRunner } from '#wit/interfaces';
import { containersHere } from '../quilt-adapter/containers-here.ts';
import { type ContainerProject, openContainerProject } from './container-project.ts';
import { installCorpus } from './install-corpus.ts';
import { type NodeAnswers, nodeAnswers } from './node-answers.ts';
import { refusals, remedies } from './refusals.ts';
import { type PackageRow, withTable } from './table.ts';

const samples = join(import.meta.dirname, 'samples');
const documentPath = join(import.meta.dirname, '../../docs/packages.md');
const { dependencies, devDependencies } = JSON.parse(readFileSync(join(samples, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const versions = new Map(Object.entries(dependencies).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const refused = [...versions.keys()].filter((name) => Object.hasOwn(refusals, name));
/** Its main module is refused; another of its modules works. */
const ofBothKinds = ['pngjs'];
const working = [...versions.keys()].filter((name) => !refused.includes(name) || ofBothKinds.includes(name));

const corpus = await installCorpus();
const canContain = await containersHere();
if (corpus.kind === 'missing') console.warn(`The packages of the corpus are not installed: ${corpus.reason}`);

/** Without its install scripts the one has no compiled code, the other looks for its own while it runs, and the module for browsers of the third is taken. */
const notInContainers = ['better-sqlite3', 'sharp', 'ws'];
const inContainers = refused.filter((name) => !notInContainers.includes(name));

/** The name of the file of a package's tool. */
function fileOf(name: string): string {
  return name.toLowerCase().replace('@', '').replace(/[/.]/g, '-');
}

test('every package has a tool, every tool a package, and every version is exact', async () => {
  const toolsIn = async (folder: string): Promise<readonly string[]> => {
    const files = await readdir(join(samples, folder));
    return files
      .filter((file) => !file.endsWith('.d.ts'))
      .map((file) => basename(file, '.ts'))
      .toSorted();
  };
  expect(await toolsIn('src')).toEqual(working.map(fileOf).toSorted());
  expect(await toolsIn('refused')).toEqual(refused.map(fileOf).toSorted());
  expect(await toolsIn('containers')).toEqual(inContainers.map(fileOf).toSorted());
  expect(refused).toHaveLength(Object.keys(refusals).length);
  for (const version of [...versions.values(), ...Object.values(devDependencies)])
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

describe.skipIf(corpus.kind === 'missing')('packages that npm installed', () => {
  const rows: PackageRow[] = [];
  let project: string;
  let cacheDirectory: string;
  let built: Extract<BuildOutcome, { kind: 'built' }>;
  let refusedOutcome: BuildOutcome;
  let answers: ReadonlyMap<string, NodeAnswers>;
  let host: Host;
  let runner: ToolRunner;
  let calls = 0;

  const call = (on: ToolRunner, tool: string, input: unknown): Promise<CallOutcome> => {
    calls += 1;
    return on.run({ id: `call-${calls}`, tool, input });
  };

  beforeAll(async () => {
    if (corpus.kind === 'missing') return;
    // Below the packages, so that arc and Node find them in a directory above.
    project = await mkdtemp(join(corpus.directory, 'run-'));
    cacheDirectory = join(corpus.directory, 'components');
    await cp(samples, project, { recursive: true });
    for (const folder of ['refused', 'containers'])
      await cp(join(samples, 'package.json'), join(project, folder, 'package.json'));
    await using builder = createBuilder({ directory: project, cacheDirectory });
    const [outcome, inNode] = await Promise.all([builder.build(), nodeAnswers(project, 'src')]);
    if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.diagnostics, undefined, 2));
    [built, answers] = [outcome, inNode];
    await using refusing = createBuilder({ directory: join(project, 'refused'), cacheDirectory, target: 'wasm' });
    refusedOutcome = await refusing.build();
    host = createHost({ cacheDirectory });
    runner = await host.load(built.bundle, { components: componentsOf(built.bundle) });
  }, 600_000);

  afterAll(async () => {
    await runner?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    if (project !== undefined) await rm(project, { recursive: true, force: true });
  });

  test('arc says nothing against the tools, but which packages keep what is random', () => {
    expect(
      built.diagnostics.filter(({ code, severity }) => code !== 'TOP_LEVEL_CHANCE' || severity === 'error'),
    ).toEqual([]);
    const keeping = built.diagnostics.map(({ file, message }) => [
      basename(file, '.ts'),
      /package "(.*?)"/.exec(message)?.[1],
    ]);
    expect(keeping).toEqual([
      ['immutable', 'immutable'],
      ['mathjs', 'mathjs'],
      ['noble-curves', '@noble/hashes'],
    ]);
  });

  test('what was bundled is files, and no text says where the project lies', () => {
    // Of what is not there only `aria.toml` is worth watching.
    const absent = built.bundle.inputs.filter((path) => !existsSync(path));
    expect(absent.filter((path) => path !== join(built.bundle.directory, 'aria.toml'))).toEqual([]);
    const texts = Array.from(built.bundle.files, ([path, bytes]) => ({ path, text: Buffer.from(bytes).toString() }));
    // object-inspect, below qs, leaves one of its modules out for browsers.
    expect(texts.some(({ text }) => text.includes('// (disabled):node_modules/object-inspect/'))).toBe(true);
    expect(texts.filter(({ text }) => /^\/\/ (\(disabled\):)?\.\.\//m.test(text)).map(({ path }) => path)).toEqual([]);
  });

  describe('answers in the sandbox as in Node', () => {
    test.each(working)('%s', async (name) => {
      const tool = built.project.tools.find(({ origin }) => origin.file === `src/${fileOf(name)}.ts`);
      const { inputs = [], outputs = [] } = answers.get(fileOf(name)) ?? {};
      expect(inputs.length).toBeGreaterThan(0);
      for (const [index, input] of inputs.entries())
        expect(outputOf(await call(runner, tool?.name ?? '', input))).toEqual(asJson(outputs[index]));
      const packed = built.bundle.manifest.tools.find((one) => one.name === tool?.name);
      const row = { name, version: versions.get(name) ?? '', exercised: packed?.description ?? '' };
      rows.push({ ...row, sourceBytes: packed?.source.size ?? 0 });
    });
  });

  describe('does not belong into a WASM tool', () => {
    test.each(refused)('%s', async (name) => {
      const { code, message, why } = refusals[name] ?? { code: 'NODE_BUILTIN', message: '', why: '' };
      const file = `${fileOf(name)}.ts`;
      const diagnostics = refusedOutcome.diagnostics.filter((diagnostic) => diagnostic.file === file);
      if (code === 'TOOL_FAILED') {
        expect(diagnostics).toEqual([]);
        const outcome = await callAlone(file);
        expect(outcome).toMatchObject({ kind: 'failed', error: { code } });
        expect(JSON.stringify(outcome)).toContain(message);
      } else {
        // One, and at the import of the author.
        expect(diagnostics).toEqual([expect.objectContaining({ code, remedy: remedies[code], line: 2 })]);
        expect(diagnostics[0]?.message).toContain(message);
      }
      const tool = refusedOutcome.project.tools.find(({ origin }) => origin.file === file);
      const row = { name, version: versions.get(name) ?? '', exercised: tool?.description ?? '' };
      rows.push({ ...row, refused: { code, why, answers: inContainers.includes(name) } });
    });

    test('all that arc refuses for the sandbox is placed in a container; what compiles when it is installed has to be', async () => {
      const files = refused.filter((name) => refusals[name]?.code !== 'TOOL_FAILED').map(fileOf);
      // Without its install scripts the one has no compiled code; the other looks for its own while it runs.
      const uncompiled = ['better-sqlite3', 'sharp'];
      await using builder = createBuilder({ directory: join(project, 'refused'), cacheDirectory });
      const whole = await builder.check();
      const told = whole.diagnostics.filter(({ severity }) => severity === 'error');
      expect(told.map(({ code, file }) => `${code} ${file}`)).toEqual(
        uncompiled.map((name) => `NATIVE_MODULE ${name}.ts`),
      );
      for (const name of uncompiled) await rm(join(project, 'refused', `${name}.ts`));
      const outcome = await builder.build();
      if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.diagnostics, undefined, 2));
      const { tools } = outcome.bundle.manifest;
      const inContainers = outcome.project.tools
        .filter(({ name }) => tools.find((tool) => tool.name === name)?.engine === 'bun')
        .map(({ origin }) => origin.file);
      expect(inContainers.toSorted()).toEqual(
        files
          .filter((file) => !uncompiled.includes(file))
          .map((file) => `${file}.ts`)
          .toSorted(),
      );
      for (const { engine, placement = [] } of tools)
        if (engine === 'bun') expect(placement.join('\n')).toMatch(/the package ".*" imports "/);
    }, 120_000);

    test('nothing is said but at the imports of the authors', () => {
      expect(refusedOutcome.diagnostics.filter(({ file }) => file.includes('node_modules'))).toEqual([]);
    });

    const callAlone = async (file: string): Promise<CallOutcome> => {
      await using builder = createBuilder({ directory: join(project, 'refused', file), cacheDirectory });
      const outcome = await builder.build();
      if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.diagnostics, undefined, 2));
      await using loaded = await host.load(outcome.bundle, { components: componentsOf(outcome.bundle) });
      return await call(loaded, outcome.bundle.manifest.tools[0]?.name ?? '', { url: 'wss://example.com/' });
    };
  });

  describe.skipIf(!canContain)('answers in a container as in Node', () => {
    let containers: ContainerProject;
    let inNode: ReadonlyMap<string, NodeAnswers>;
    beforeAll(async () => {
      [containers, inNode] = await Promise.all([
        openContainerProject(join(project, 'containers'), cacheDirectory),
        nodeAnswers(project, 'containers'),
      ]);
    }, 120_000);
    afterAll(() => containers?.[Symbol.asyncDispose]());

    test.each(inContainers)('%s', async (name) => {
      const tool = containers.toolOf(`${fileOf(name)}.ts`);
      const { inputs = [], outputs = [] } = inNode.get(fileOf(name)) ?? {};
      expect([tool?.engine, inputs.length > 0]).toEqual(['bun', true]);
      for (const [index, input] of inputs.entries())
        expect(outputOf(await call(containers.runner, tool?.name ?? '', input))).toEqual(asJson(outputs[index]));
    });
  });

  test('docs/packages.md has the table of what was seen here', () => {
    const document = readFileSync(documentPath, 'utf8');
    const renewed = withTable(document, rows);
    if (process.env['ARIA_UPDATE_PACKAGES'] === '1') writeFileSync(documentPath, renewed);
    else expect(document).toBe(renewed);
  });
});

function componentsOf({ components }: BuiltBundle): ReadonlyMap<string, Uint8Array> {
  return new Map(Array.from(components, ([name, { component }]) => [name, component]));
}

function outputOf(outcome: CallOutcome): unknown {
  if (outcome.kind === 'done') return outcome.output;
  throw new Error(`The call failed: ${JSON.stringify(outcome.error)}\n${outcome.stack ?? ''}`);
}

/** As a value comes out of a tool: what is undefined is absent, and bytes are plain. */
function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) => (entry === undefined ? [] : [[key, asJson(entry)]])),
  );
}
