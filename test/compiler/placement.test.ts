/** Where `auto`, `wasm` and `container` place tools, what their bundles are made of, and what is refused. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type BuildOutcome,
  type BuildTarget,
  type Diagnostic,
  bundleTools,
  createBuilder,
  openProject,
  stopBundler,
} from '#compiler';
import type { ManifestTool } from '#wit/manifest';
import { temporaryDirectory } from '../cli/run-arc.ts';
import { TemporaryProject } from './sample-project.ts';

const packageJson = '{ "name": "placed", "version": "1.0.0", "description": "Placed tools" }\n';
const cache = temporaryDirectory();
afterAll(async () => {
  await stopBundler();
  cache[Symbol.dispose]();
});

type Files = Readonly<Record<string, string>>;

async function build(files: Files, target?: BuildTarget): Promise<BuildOutcome> {
  using project = new TemporaryProject({ 'package.json': packageJson, ...files });
  await using builder = createBuilder({ directory: project.directory, cacheDirectory: cache.path, target });
  return builder.build();
}

/** The tools of a build that came through, by name. */
async function built(files: Files, target?: BuildTarget): Promise<ReadonlyMap<string, ManifestTool>> {
  const outcome = await build(files, target);
  if (outcome.kind === 'refused') throw new Error(outcome.diagnostics.map(said).join('\n'));
  return new Map(outcome.bundle.manifest.tools.map((tool) => [tool.name, tool]));
}

function said({ code, file, line, message }: Diagnostic): string {
  return `${code} ${file}:${line} ${message}`;
}

function placed({ engine, substrate, placement, component }: ManifestTool): unknown {
  return [engine, substrate, placement ?? [], component === undefined ? 'no component' : 'component'];
}

const kit = `import { readFileSync } from 'node:fs';
import { Database } from 'bun:sqlite';
import { tool } from '@aria/sdk';

/** Adds. */
export const add = tool({}, (input: { a: number; b: number }) => input.a + input.b);
/** Reads. */
export const read = tool({}, (): string => readFileSync('x', 'utf8'));
/** Asks. */
export const ask = tool({}, (): boolean => new Database(':memory:').open);
/** Uses globals. */
export const hex = tool({}, (input: { text: string }): string => Buffer.from(input.text).toString('hex') + hidden());
const hidden = (): string => Bun.version;
/** Only looks for one. */
export const probe = tool({}, () => typeof process + String(process.env.NODE_ENV === 'production'));
/** Is not trusted. */
export const strange = tool({ trust: 'untrusted' }, () => 1);
/** Starts processes. */
export const run = tool({ tokens: ['spawn:self:exec'] }, () => 1);
/** Computes. */
export const long = tool({ computeMs: 60_001 }, () => 1);
/** Computes nearly as long. */
export const short = tool({ computeMs: 60_000, memoryMiB: 4095 }, () => 1);
/** Has much. */
export const much = tool({ memoryMiB: 4096 }, () => 1);
`;

describe('the target "auto"', () => {
  test('places each tool of a file by what it needs, and says why', async () => {
    const tools = await built({ 'src/guest.ts': kit });
    const sandbox = ['quickjs', 'wasm', [], 'component'];
    const bun = (...reasons: readonly string[]): unknown => ['bun', 'container', reasons, 'no component'];
    const both = (...reasons: readonly string[]): unknown => ['quickjs', 'container', reasons, 'component'];
    expect(Object.fromEntries([...tools].map(([name, tool]) => [name, placed(tool)]))).toEqual({
      add: sandbox,
      read: bun('src/guest.ts imports "node:fs", which the sandbox does not have'),
      ask: bun('src/guest.ts imports "bun:sqlite", which the sandbox does not have'),
      hex: bun('its code uses "Buffer", a global of Node', 'its code uses "Bun", a global of Bun'),
      probe: sandbox,
      strange: both('its author calls it untrusted'),
      run: both('its token "spawn:self:exec" starts processes'),
      long: both('it asks for 60001 ms of compute, and the sandbox is meant for at most 60000 ms'),
      short: sandbox,
      much: bun('it asks for 4096 MiB of memory, and WebAssembly has at most 4095 MiB'),
    });
  });

  test('names the package that imports, and takes its files as Node does', async () => {
    const tools = await built({
      'src/guest.ts':
        "import { tool } from '@aria/sdk';\nimport { mode } from 'outer';\n/** Uses it. */\nexport const using = tool({}, () => mode());\n",
      'node_modules/outer/package.json':
        '{ "name": "outer", "type": "module", "exports": { "types": "./index.d.ts", "node": "./node.js" } }',
      'node_modules/outer/index.d.ts': 'export declare function mode(): string;\n',
      'node_modules/outer/node.js': "import { platform } from 'os';\nexport const mode = () => platform();\n",
    });
    expect(tools.get('using')).toMatchObject({
      engine: 'bun',
      placement: ['the package "outer" imports "os", which the sandbox does not have'],
    });
  });

  test('moves a tool whose package asks for a global of Node while it is loaded', async () => {
    const tools = await built({
      'src/guest.ts':
        "import { tool } from '@aria/sdk';\nimport { empty } from 'eager';\n/** Uses it. */\nexport const using = tool({}, () => empty);\n",
      'node_modules/eager/index.js': 'exports.empty = Buffer.alloc(0).length;\n',
      'node_modules/eager/index.d.ts': 'export declare const empty: number;\n',
    });
    expect(tools.get('using')).toMatchObject({
      engine: 'bun',
      placement: ['a module of it needs the global "Buffer", which the sandbox does not have'],
    });
  });

  test('says what is wrong for the sandbox where a tool can be bundled for neither', async () => {
    const outcome = await build({
      'src/guest.ts':
        "import 'node:fs';\nimport { tool } from '@aria/sdk';\nimport { n } from 'lost';\n/** Uses it. */\nexport const using = tool({}, () => n);\n",
      'node_modules/lost/index.js': "exports.n = require('./gone.js');\n",
      'node_modules/lost/index.d.ts': 'export declare const n: number;\n',
    });
    expect(outcome.diagnostics.filter(({ severity }) => severity === 'error').map(said)).toEqual([
      'IMPORT_UNRESOLVED src/guest.ts:3 Cannot import "./gone.js" by way of src/guest.ts → node_modules/lost/index.js: it was not found',
    ]);
  });

  test('clock and chance at the top level are nothing to files that only Bun loads', async () => {
    const top = (name: string, line: string): string =>
      `${line}import { tool } from '@aria/sdk';\nconst started = Date.now();\n/** Tells. */\nexport const ${name} = tool({}, (): number => started${line === '' ? '' : ' + uptime()'});\n`;
    const outcome = await build({
      'src/bun.ts': top('inBun', "import { uptime } from 'node:os';\n"),
      'src/guest.ts': top('inGuest', ''),
    });
    const errors = outcome.diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, file }) => [code, file])).toEqual([['TOP_LEVEL_CHANCE', 'src/guest.ts']]);
  });
});

describe('the other targets', () => {
  test('"wasm" refuses what only a container has, where it stands', async () => {
    const { kind, diagnostics } = await build({ 'src/guest.ts': kit }, 'wasm');
    expect(kind).toBe('refused');
    expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([
      ['NODE_BUILTIN', 1],
      ['NODE_BUILTIN', 2],
      ['TS2591', 12],
      [expect.stringMatching(/^TS/), 13],
      ['TS2591', 15],
      ['TS2591', 15],
      ['OPTION_OUT_OF_RANGE', 25],
    ]);
  });

  test('"wasm" leaves tools in the sandbox although their authors ask for a container', async () => {
    const source =
      "import { tool } from '@aria/sdk';\n/** One. */\nexport const one = tool({ trust: 'untrusted' }, () => 1);\n";
    const tools = await built({ 'src/guest.ts': source }, 'wasm');
    expect(tools.get('one')).toMatchObject({ substrate: 'wasm', trust: 'untrusted' });
    expect(tools.get('one')).not.toHaveProperty('placement');
  });

  test('"container" places all there, by aria.toml as by the caller; what runs in either keeps its component', async () => {
    const source = "import { tool } from '@aria/sdk';\n/** One. */\nexport const one = tool({}, () => 1);\n";
    const toml = '[build]\ntarget = "container"\n';
    const expected = ['quickjs', 'container', ['the target is "container"'], 'component'];
    for (const tools of [
      await built({ 'src/guest.ts': source }, 'container'),
      await built({ 'src/guest.ts': source, 'aria.toml': toml }),
    ])
      expect(tools.get('one') && placed(tools.get('one') as ManifestTool)).toEqual(expected);
    const asked = await built({ 'src/guest.ts': source, 'aria.toml': toml }, 'auto');
    expect(asked.get('one')).toMatchObject({ substrate: 'wasm' });
  });
});

/** Runs the text of a tool as the agent of a container does, with the modules of this process. */
function load(source: string): (input: unknown) => unknown {
  const own = createRequire(import.meta.url);
  const module = { exports: {} as { tool?: { run: (input: unknown) => unknown } } };
  const evaluate = new Function('require', 'module', 'exports', source);
  evaluate(
    (name: string): unknown =>
      name === '@aria/sdk'
        ? {
            ToolError: class extends Error {
              constructor(_code: string, message: string) {
                super(message);
              }
            },
          }
        : own(name),
    module,
    module.exports,
  );
  if (module.exports.tool === undefined) throw new Error('no tool');
  return module.exports.tool.run;
}

describe('a text for Bun', () => {
  async function bundled(files: Files): Promise<{ source: string; sourceMap: string; said: readonly string[] }> {
    using project = new TemporaryProject({ 'package.json': packageJson, ...files });
    const read = openProject(project.directory).read();
    expect(read.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const { tools, diagnostics } = await bundleTools(read);
    const { source = '', sourceMap = '' } = tools.get('using') ?? {};
    return { source, sourceMap, said: diagnostics.map(said) };
  }

  const using = (body: string, head = ''): Files => ({
    'src/guest.ts': `import { tool } from '@aria/sdk';\n${head}/** Uses it. */\nexport const using = tool({}, async (): Promise<string> => String(${body}));\n`,
  });

  test('reaches modules by require also where they are asked for later, and knows neither folder nor address of its own', async () => {
    const { source } = await bundled(
      using(
        "[(await import('node:path')).basename(import.meta.url), __dirname, __filename]",
        "declare global { interface ImportMeta { readonly url: string } }\nimport { sep } from 'node:path';\nif (sep === '') throw new Error();\n",
      ),
    );
    expect(source).not.toContain('import(');
    expect(await load(source)({})).toBe('tool.js,/aria/source,/aria/source/tool.js');
  });

  test('is the same bytes wherever the project lies, with packages beside it or above it', async () => {
    const files = using('hostname() + path', "import { hostname } from 'os';\nimport { path } from 'shared';\n");
    const shared = {
      'node_modules/shared/index.js': "exports.path = require('path').sep;\n",
      'node_modules/shared/index.d.ts': 'export declare const path: string;\n',
    };
    const texts = [];
    for (const below of ['.', 'one/two']) {
      using project = new TemporaryProject({ 'package.json': packageJson, ...files }, below);
      const up = below === '.' ? '' : '../../';
      project.write(Object.fromEntries(Object.entries(shared).map(([path, text]) => [up + path, text])));
      const { tools } = await bundleTools(openProject(project.directory).read());
      texts.push([tools.get('using')?.source, tools.get('using')?.sourceMap]);
    }
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]?.[0]).toContain('// node_modules/shared/index.js');
  });

  test('goes on without a package that another one calls optional, until it is asked for', async () => {
    const { source, said: found } = await bundled({
      ...using('platform() + mode(false)', "import { platform } from 'os';\nimport { mode } from 'wide';\n"),
      'node_modules/wide/package.json': '{ "name": "wide", "optionalDependencies": { "wide-cloud": "1" } }',
      'node_modules/wide/index.js':
        "require('fs');\nexports.mode = (cloud) => (cloud ? require('wide-cloud').mode : 'plain');\n",
      'node_modules/wide/index.d.ts': 'export declare function mode(cloud: boolean): string;\n',
    });
    expect(found).toEqual([]);
    expect(await load(source)({})).toBe(`${process.platform}plain`);
  });

  const elf = '\u007fELF and what a compiler made';
  const native = (text: string, more: Files): Files => ({
    ...using('mode()', "import { mode } from 'native';\n"),
    'node_modules/native/index.js': text,
    'node_modules/native/index.d.ts': 'export declare function mode(): string;\n',
    ...more,
  });

  test.each([
    ['a file', "exports.mode = () => require('./build/Release/x.node');\n", { 'build/Release/x.node': elf }],
    ['bindings', "exports.mode = () => require('bindings')('x');\n", { 'build/Release/x.node': elf }],
    ['node-gyp-build', "exports.mode = () => require('node-gyp-build')(__dirname);\n", { 'build/Release/x.node': elf }],
  ])('holds compiled code that a package names by %s, written to /tmp once it is asked for', async (_, text, files) => {
    const inside = Object.entries(files).map(([path, content]) => [`node_modules/native/${path}`, content] as const);
    const { source, sourceMap, said: found } = await bundled(native(text, Object.fromEntries(inside)));
    expect(found).toEqual([]);
    expect(source).toContain(Buffer.from(elf).toString('base64'));
    expect(sourceMap).not.toContain(Buffer.from(elf).toString('base64'));
    expect(source).toContain('process.dlopen(loaded, path)');
  });

  test('holds what was compiled for each machine, but not what is for another C library', async () => {
    const { source } = await bundled(
      native("exports.mode = () => require('node-gyp-build')(__dirname);\n", {
        'node_modules/native/prebuilds/linux-x64/a.node': `${elf} x64`,
        'node_modules/native/prebuilds/linux-arm64/a.node': `${elf} arm64`,
        'node_modules/native/prebuilds/linux-x64/a.musl.node': `${elf} musl`,
        'node_modules/native/prebuilds/darwin-arm64/a.node': 'mach',
      }),
    );
    const held = ['x64', 'arm64', 'musl'].map((word) =>
      source.includes(Buffer.from(`${elf} ${word}`).toString('base64')),
    );
    expect(held).toEqual([true, true, false]);
  });

  test.each([
    [
      'is compiled for another system',
      "exports.mode = require('./x.node');\n",
      { 'x.node': 'mach' },
      'not compiled for Linux',
    ],
    [
      'is too large',
      "exports.mode = require('./x.node');\n",
      { 'x.node': elf.padEnd(8 * 1024 * 1024 + 1) },
      'more than 8388608',
    ],
    ['is not installed', "exports.mode = require('bindings')('x');\n", {}, 'its compiled code is not installed'],
    [
      'is found by a loader that computes',
      "exports.mode = require('node-pre-gyp').find('x');\n",
      {},
      'looks for its compiled code while it runs',
    ],
    [
      'is found by a computed name',
      "exports.mode = require('./' + require('os').arch() + '.node');\n",
      { 'binding.gyp': '{}' },
      'looks for its compiled code while it runs',
    ],
  ])('does not hold compiled code that %s', async (_, text, files, message) => {
    const inside = Object.entries(files).map(([path, content]) => [`node_modules/native/${path}`, content] as const);
    const { said: found } = await bundled(native(text, Object.fromEntries(inside)));
    expect(found).toEqual([expect.stringMatching(/^NATIVE_MODULE src\/guest\.ts:\d /)]);
    expect(found[0]).toContain(message);
  });
});

test('the example archive-kit is placed by its tools, and packs what it unpacks again', async () => {
  const directory = join(import.meta.dirname, '../../guests/examples/archive-kit');
  await using builder = createBuilder({ directory, cacheDirectory: cache.path });
  const outcome = await builder.build();
  if (outcome.kind === 'refused') throw new Error(outcome.diagnostics.map(said).join('\n'));
  const { manifest, files } = outcome.bundle;
  expect(manifest.tools.map(({ name, engine, substrate, resources }) => [name, engine, substrate, resources])).toEqual([
    ['pack', 'bun', 'container', { cpus: 0.5, processes: 32 }],
    ['saving', 'quickjs', 'wasm', undefined],
    ['unpack', 'bun', 'container', { cpus: 0.5, processes: 32 }],
  ]);
  const run = (name: string, input: unknown): unknown =>
    load(Buffer.from(files.get(`source/${name}.js`) ?? '').toString())(input);
  const data = new Uint8Array(1000).fill(7);
  const { packed } = run('pack', { data }) as { packed: Uint8Array };
  expect(packed.length).toBeLessThan(100);
  expect(run('unpack', { packed, bytesMax: 1000 })).toEqual({ data: Buffer.from(data) });
  expect(() => run('unpack', { packed, bytesMax: 999 })).toThrow('Cannot unpack');
});

describe('the types of Node', () => {
  const source = (call: string): string =>
    `import { hostname } from 'node:os';\nimport { tool } from '@aria/sdk';\n/** Names. */\nexport const name = tool({}, (): string => ${call});\n`;
  const types = {
    'node_modules/@types/node/package.json': '{ "name": "@types/node", "version": "26.0.0", "types": "index.d.ts" }',
    'node_modules/@types/node/index.d.ts':
      "declare module 'node:os' {\n  export function hostname(): string;\n}\ndeclare var process: { readonly pid: number };\n",
  };

  test('are those that are installed, so that a mistake is found', async () => {
    const { diagnostics } = await build({ ...types, 'src/guest.ts': source('hostname(1) + process.pit') });
    expect(diagnostics.map(({ code }) => code)).toEqual(['TS2554', 'TS2339']);
    expect((await build({ ...types, 'src/guest.ts': source('hostname()') })).diagnostics).toEqual([]);
  });

  test('are asked for where they are not installed, once', async () => {
    const { kind, diagnostics } = await build({ 'src/guest.ts': source('hostname() + hostname(1)') });
    expect(kind).toBe('built');
    expect(diagnostics.map(said)).toEqual([
      'CONTAINER_TYPES_MISSING src/guest.ts:1 Cannot check what is used of "node:os": the types of Node are not installed',
    ]);
  });

  test('a reader that is asked again sees when a tool no longer needs them', () => {
    using project = new TemporaryProject({ 'package.json': packageJson, 'src/guest.ts': source('hostname()') });
    const reader = openProject(project.directory);
    expect(reader.read().diagnostics).toHaveLength(1);
    project.write({
      'src/guest.ts': "import { tool } from '@aria/sdk';\n/** Names. */\nexport const name = tool({}, () => 'x');\n",
    });
    expect(reader.read()).toMatchObject({ diagnostics: [], tools: [{ name: 'name' }] });
  });
});
