/** Projects that are broken, odd or hostile in ways that a repository cannot hold as samples. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Diagnostic, bundleTools, createBuilder, openProject, stopBundler } from '#compiler';
import { TemporaryProject, loadBundle } from './sample-project.ts';

const packageJson = '{ "name": "sample", "version": "1.0.0", "description": "A sample" }';
const fine =
  "import { tool } from '@aria/sdk';\n/** Is fine itself. */\nexport const fine = tool({}, async () => 'fine');\n";

afterAll(stopBundler);

/** What a diagnostic says in short: its code, its place and its message. */
function said({ code, file, line, column, message }: Diagnostic): string {
  return `${code} ${file}:${line}:${column} ${message}`;
}

function diagnosticsOf(directory: string): readonly string[] {
  return openProject(directory).read().diagnostics.map(said);
}

/** A project with a tool that is fine, and with more. */
function projectWith(files: Readonly<Record<string, string>>): TemporaryProject {
  return new TemporaryProject({ 'package.json': packageJson, 'src/fine.ts': fine, ...files });
}

describe('what is no text', () => {
  test('a file one byte over 8 MiB is SOURCE_TOO_LARGE, and one of exactly 8 MiB is read', () => {
    using project = projectWith({});
    const bytesMax = 8 * 1024 * 1024;
    writeFileSync(join(project.directory, 'src/large.ts'), `/*${' '.repeat(bytesMax - 3)}*/`);
    expect(diagnosticsOf(project.directory)).toEqual([
      `SOURCE_TOO_LARGE src/large.ts:1:1 Cannot read the file: it has ${bytesMax + 1} bytes, more than ${bytesMax}`,
    ]);
    writeFileSync(join(project.directory, 'src/large.ts'), `/*${' '.repeat(bytesMax - 4)}*/`);
    expect(diagnosticsOf(project.directory)).toEqual([]);
  });

  test('the first byte that is not UTF-8 is named with its line and column, and what imports the file is not blamed', () => {
    using project = projectWith({ 'src/user.ts': "import { name } from './latin.ts';\nexport const user = name;\n" });
    const latin = Buffer.from("export const ä = 1;\nexport const name = 'ä€x\u00ff';\n", 'utf8');
    writeFileSync(join(project.directory, 'src/latin.ts'), latin.toString('binary').replace('Ã¿', 'ÿ'), 'binary');
    expect(diagnosticsOf(project.directory)).toEqual([
      'SOURCE_NOT_UTF8 src/latin.ts:2:25 Cannot read the file: the byte 0xff is not UTF-8',
    ]);
  });

  test('characters cut short, overlong or alone are found where they begin', () => {
    using project = projectWith({});
    const cases: Readonly<Record<string, readonly number[]>> = {
      cut: [0x2f, 0x2f, 0xe2, 0x82],
      overlong: [0x2f, 0x2f, 0x61, 0xc0, 0xaf],
      surrogate: [0x2f, 0x2f, 0x61, 0x62, 0xed, 0xa0, 0x80],
      beyond: [0x2f, 0x2f, 0x0a, 0xf4, 0x90, 0x80, 0x80],
    };
    for (const [name, bytes] of Object.entries(cases))
      writeFileSync(join(project.directory, `src/${name}.ts`), Buffer.from(bytes));
    expect(diagnosticsOf(project.directory)).toEqual([
      'SOURCE_NOT_UTF8 src/beyond.ts:2:1 Cannot read the file: the byte 0xf4 is not UTF-8',
      'SOURCE_NOT_UTF8 src/cut.ts:1:3 Cannot read the file: the byte 0xe2 is not UTF-8',
      'SOURCE_NOT_UTF8 src/overlong.ts:1:4 Cannot read the file: the byte 0xc0 is not UTF-8',
      'SOURCE_NOT_UTF8 src/surrogate.ts:1:5 Cannot read the file: the byte 0xed is not UTF-8',
    ]);
  });

  test('UTF-16 is called by its name, and a mark of UTF-8 is fine', async () => {
    using project = projectWith({});
    const text = `\ufeff${fine.replaceAll('fine', 'marked')}`;
    writeFileSync(join(project.directory, 'src/little.ts'), Buffer.from(text, 'utf16le'));
    writeFileSync(join(project.directory, 'src/big.ts'), Buffer.from(text, 'utf16le').swap16());
    writeFileSync(join(project.directory, 'src/marked.ts'), text);
    expect(diagnosticsOf(project.directory)).toEqual([
      'SOURCE_NOT_UTF8 src/big.ts:1:1 Cannot read the file: it is UTF-16 (big endian), not UTF-8',
      'SOURCE_NOT_UTF8 src/little.ts:1:1 Cannot read the file: it is UTF-16 (little endian), not UTF-8',
    ]);
    project.remove('src/little.ts');
    project.remove('src/big.ts');
    const { tools } = await bundleTools(openProject(project.directory).read());
    expect(await loadBundle(tools.get('marked')?.source ?? '').run({})).toBe('marked');
  });

  test('a pipe with the name of a source is SOURCE_UNREADABLE at once, imported or not', () => {
    using project = projectWith({ 'src/user.ts': "import { a } from './pipe.ts';\nexport const b = a;\n" });
    execFileSync('mkfifo', [join(project.directory, 'src/pipe.ts'), join(project.directory, 'tsconfig.json')]);
    expect(diagnosticsOf(project.directory)).toEqual([
      'SOURCE_UNREADABLE src/pipe.ts:1:1 Cannot read it: it is no regular file',
      "TS2307 src/user.ts:1:19 Cannot find module './pipe.ts' or its corresponding type declarations",
      'PROJECT_INVALID tsconfig.json:1:1 Cannot read "tsconfig.json": it is no regular file',
    ]);
  });
});

describe('aria.toml, package.json and tsconfig.json', () => {
  test.each<readonly [what: string, make: (path: string) => void, state: string]>([
    ['a directory', (path) => mkdirSync(path), 'it is no regular file'],
    ['a pipe', (path) => execFileSync('mkfifo', [path]), 'it is no regular file'],
    ['a link to itself', (path) => symlinkSync(path, path), 'it is a symbolic link that leads to itself'],
  ])('that are %s are not passed over', (_what, make, state) => {
    for (const file of ['aria.toml', 'package.json', 'tsconfig.json']) {
      using project = new TemporaryProject({ 'src/fine.ts': fine });
      make(join(project.directory, file));
      expect(diagnosticsOf(project.directory)).toContain(`PROJECT_INVALID ${file}:1:1 Cannot read "${file}": ${state}`);
    }
  });

  test('may begin with a byte order mark', () => {
    using project = projectWith({
      'package.json': `\uFEFF${packageJson}`,
      'aria.toml': '\uFEFF[tool.fine]\r\ntimeout_ms = 5\r\n',
    });
    expect(diagnosticsOf(project.directory)).toEqual([]);
  });
});

describe('links', () => {
  test('a link to itself with the name of a source is SOURCE_UNREADABLE, and so is one that leads nowhere', () => {
    using project = projectWith({});
    symlinkSync('loop.ts', join(project.directory, 'src/loop.ts'));
    symlinkSync('gone.ts', join(project.directory, 'src/lost.ts'));
    expect(diagnosticsOf(project.directory)).toEqual([
      'SOURCE_UNREADABLE src/loop.ts:1:1 Cannot read it: it is a symbolic link that leads to itself',
      'SOURCE_UNREADABLE src/lost.ts:1:1 Cannot read it: it is a symbolic link that leads nowhere',
    ]);
  });

  test('a link from a folder to one above it is not followed', () => {
    using project = projectWith({});
    mkdirSync(join(project.directory, 'src/deep'));
    symlinkSync('../..', join(project.directory, 'src/deep/again'));
    expect(openProject(project.directory).read()).toMatchObject({ diagnostics: [], tools: [{ name: 'fine' }] });
  });

  test('a src that is a link to itself is SOURCE_UNREADABLE', () => {
    using project = new TemporaryProject({ 'package.json': packageJson });
    symlinkSync('src', join(project.directory, 'src'));
    expect(diagnosticsOf(project.directory)).toContain(
      'SOURCE_UNREADABLE src:1:1 Cannot read it: it is a symbolic link that leads to itself',
    );
  });

  test('a project that is a link to itself is NOT_FOUND', () => {
    using project = new TemporaryProject({});
    const loop = join(project.directory, 'loop');
    symlinkSync('loop', loop);
    expect(() => openProject(loop)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});

describe('what is nested deeper than the stack', () => {
  const depth = 20_000;
  test.each([
    ['parentheses', `export const deep = ${'('.repeat(depth)}1${')'.repeat(depth)};\n`],
    ['arrays', `export const deep: unknown = ${'['.repeat(depth)}${']'.repeat(depth)};\n`],
    ['types', `export type Deep = ${'['.repeat(depth)}${']'.repeat(depth)};\n`],
    ['calls', `declare const f: any;\nexport const deep = f${'()'.repeat(depth)};\n`],
    ['choices', `declare const a: boolean;\nexport const deep = ${'a ? 1 : '.repeat(depth)}2;\n`],
    ['blocks', `export function deep() {${'{'.repeat(depth)}${'}'.repeat(depth)}}\n`],
  ])('%s are SOURCE_INVALID at their file, beside what is wrong elsewhere', (_, text) => {
    using project = projectWith({ 'src/deep.ts': text, 'src/wrong.ts': "export const wrong: number = 'one';\n" });
    expect(diagnosticsOf(project.directory)).toEqual([
      'SOURCE_INVALID src/deep.ts:1:1 Cannot read the file: its expressions or types are nested too deeply',
      "TS2322 src/wrong.ts:1:14 Type 'string' is not assignable to type 'number'",
    ]);
  });

  test('a sum of 5,000 terms and a file of 5,000 lines are read', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `export const value${index} = ${index};`);
    const sum = `export const sum = ${Array.from({ length: 5_000 }, () => '1').join(' + ')};\n`;
    using project = projectWith({
      'src/lines.ts': `${lines.join('\n')}\n`,
      'src/sum.ts': sum,
      'src/adding.ts':
        "import { tool } from '@aria/sdk';\nimport { sum } from './sum.ts';\nimport { value4999 } from './lines.ts';\n/** Adds. */\nexport const adding = tool({}, () => sum + value4999);\n",
    });
    const read = openProject(project.directory).read();
    expect(read.diagnostics).toEqual([]);
    const { tools } = await bundleTools(read);
    expect(loadBundle(tools.get('adding')?.source ?? '').run({})).toBe(9_999);
  });
});

describe('odd names', () => {
  const names = [
    'with space',
    'ünïcode 名',
    'hash#mark',
    'question?mark',
    `quotes'"\``,
    'new\nline',
    '100%25',
    '$&(1)[a]+.^',
  ];

  test.each(names)('a project and a source called %j are built, and give the same text as elsewhere', async (name) => {
    const files = {
      'package.json': packageJson,
      [`src/${name}.ts`]: fine,
      'src/other.ts': `import { fine } from './${name.replace(/['\\]/g, '\\$&').replace('\n', '\\n')}.ts';\nimport { tool } from '@aria/sdk';\n/** Calls it. */\nexport const other = tool({}, async () => fine(undefined));\n`,
    };
    using odd = new TemporaryProject(files, name);
    using plain = new TemporaryProject(files);
    const [one, two] = [openProject(odd.directory).read(), openProject(plain.directory).read()];
    expect(one.diagnostics).toEqual([]);
    const [bundled, elsewhere] = [await bundleTools(one), await bundleTools(two)];
    expect(bundled.diagnostics).toEqual([]);
    for (const tool of ['fine', 'other']) {
      const source = bundled.tools.get(tool)?.source;
      expect(source).toBe(elsewhere.tools.get(tool)?.source);
      expect(await loadBundle(source ?? '').run(undefined)).toBe('fine');
    }
  });
});

describe('imports', () => {
  const cycle = {
    'src/entry.ts':
      "import { tool } from '@aria/sdk';\nimport { derive } from './derived.ts';\nexport class Base {\n  readonly name: string = 'base';\n}\n/** Is loaded after what extends its class. */\nexport const naming = tool({}, () => derive().name);\n",
    'src/derived.ts':
      "import { Base } from './entry.ts';\nclass Derived extends Base {}\nexport const derive = (): Base => new Derived();\n",
  };

  test('a circle in which a module comes too late is a warning at the use, beside the failure', async () => {
    using project = new TemporaryProject({ 'package.json': packageJson, ...cycle });
    const cacheDirectory = mkdtempSync(join(tmpdir(), 'aria-cache-'));
    try {
      await using builder = createBuilder({ directory: project.directory, cacheDirectory });
      const outcome = await builder.build();
      expect(outcome.diagnostics.map(said)).toEqual([
        'IMPORT_CYCLE src/derived.ts:2:23 Cannot use "Base" here yet: its module is loaded after this one, in the circle src/derived.ts → src/entry.ts → src/derived.ts',
        expect.stringMatching(/^TOP_LEVEL_FAILED src\/derived\.ts:2:/),
      ]);
    } finally {
      rmSync(cacheDirectory, { recursive: true });
    }
  });

  test('the same circle entered from the other side is silent', () => {
    using project = new TemporaryProject({
      'package.json': packageJson,
      'src/entry.ts':
        "import { derive } from './derived.ts';\nexport class Base {\n  readonly name: string = 'base';\n}\nexport const make = (): Base => derive();\n",
      'src/derived.ts': `${cycle['src/derived.ts']}import { tool } from '@aria/sdk';\n/** Is loaded last. */\nexport const naming = tool({}, () => derive().name);\n`,
    });
    expect(diagnosticsOf(project.directory)).toEqual([]);
  });

  /** A package that does what its text does, without types of its own. */
  const packageOf = (name: string, text: string): Readonly<Record<string, string>> => ({
    [`node_modules/${name}/package.json`]: `{ "name": "${name}", "version": "1.0.0", "main": "index.js", "types": "index.d.ts" }`,
    [`node_modules/${name}/index.d.ts`]: 'export declare function mode(): string;\n',
    [`node_modules/${name}/index.js`]: text,
  });
  const using = (name: string): Readonly<Record<string, string>> => ({
    'src/using.ts':
      "import { tool } from '@aria/sdk';\nimport { mode } from './far.ts';\n/** Uses the package. */\nexport const using = tool({}, () => mode());\n",
    'src/far.ts': `export { mode } from '${name}';\n`,
  });
  async function bundled(
    files: Readonly<Record<string, string>>,
  ): Promise<{ said: readonly string[]; source: string }> {
    using project = new TemporaryProject({ 'package.json': packageJson, ...files });
    const read = openProject(project.directory, { target: 'wasm' }).read();
    expect(read.diagnostics).toEqual([]);
    const { tools, diagnostics } = await bundleTools(read);
    return { said: diagnostics.map(said), source: tools.get('using')?.source ?? '' };
  }

  test('a built-in of Node deep in a package is shown at the import of the author with the whole chain', async () => {
    const { said: found } = await bundled({
      ...using('outer'),
      ...packageOf('outer', "exports.mode = require('inner').mode;\n"),
      ...packageOf('inner', "const { platform } = require('node:os');\nexports.mode = () => platform();\n"),
    });
    expect(found).toEqual([
      'NODE_BUILTIN src/far.ts:1:22 Cannot import "node:os" by way of src/using.ts → src/far.ts → node_modules/outer/index.js → node_modules/inner/index.js: tools run without Node',
    ]);
  });

  test.each([
    ['a file of compiled code', 'native', "exports.mode = require('./build/Release/x.node').mode;\n", {}],
    [
      'a package that finds compiled code',
      'native',
      "exports.mode = require('bindings')('native').mode;\n",
      packageOf('bindings', "const fs = require('fs');\nmodule.exports = (name) => require(fs.realpathSync(name));\n"),
    ],
    [
      'a package that is compiled when it is installed',
      'native',
      "exports.mode = () => require('os').platform();\n",
      { 'node_modules/native/binding.gyp': '{}' },
    ],
  ])('%s is NATIVE_MODULE with the chain', async (_, name, text, more) => {
    const { said: found } = await bundled({
      ...using(name),
      ...packageOf(name, text),
      'node_modules/native/build/Release/x.node': '\u007fELF',
      ...more,
    });
    expect(found).toEqual([
      expect.stringMatching(
        /^NATIVE_MODULE src\/far\.ts:1:22 Cannot import "native" by way of src\/using\.ts → src\/far\.ts → node_modules\/native\/index\.js( → node_modules\/bindings\/index\.js)?: it is compiled code of the machine$/,
      ),
    ]);
  });

  test.each([
    ['a built-in of Node', 'require("fs")'],
    ['a file of compiled code', 'require("./build/Release/x.node")'],
    ['a package that finds compiled code', 'require("bindings")("native")'],
  ])('a package that tries %s and goes on without is bundled, and goes on', async (_, attempt) => {
    const { said: found, source } = await bundled({
      ...using('trying'),
      ...packageOf(
        'trying',
        `let mode;\ntry { mode = ${attempt}.mode; } catch { mode = () => 'plain'; }\nexports.mode = mode;\n`,
      ),
      ...packageOf(
        'bindings',
        "const fs = require('fs');\nmodule.exports = (name) => require(fs.realpathSync(name));\n",
      ),
      'node_modules/trying/build/Release/x.node': '\u007fELF',
    });
    expect(found).toEqual([]);
    expect(loadBundle(source).run({})).toBe('plain');
  });

  test('a package may be what a net token is for, a module of types is not', () => {
    const tokens =
      "import { tool } from '@aria/sdk';\nimport { mode } from 'sending';\n/** May send. */\nexport const sending = tool({ tokens: ['net:api.example.com:443', 'kv:orders:r'] }, () => mode());\n";
    using project = new TemporaryProject({
      'package.json': packageJson,
      'src/sending.ts': tokens,
      ...packageOf('sending', 'exports.mode = () => fetch("https://api.example.com/");\n'),
    });
    expect(diagnosticsOf(project.directory)).toEqual([
      'TOKEN_UNUSED src/sending.ts:4:67 Cannot find a use of "kv:orders:r": nothing in the code of "sending" needs it',
    ]);
    project.write({
      'src/sending.ts': tokens
        .replace('import { mode }', 'import type { mode }')
        .replace('mode()', 'null as typeof mode | null as null'),
    });
    expect(diagnosticsOf(project.directory)).toHaveLength(2);
  });
});
