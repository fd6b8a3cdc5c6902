import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Diagnostic, diagnosticCodes } from '#compiler';
import { copySample, runArc, temporaryDirectory } from './run-arc.ts';

const home = temporaryDirectory();
const directory = temporaryDirectory();
afterAll(() => {
  home[Symbol.dispose]();
  directory[Symbol.dispose]();
});
const arc = (...args: readonly string[]) => runArc(args, { home: home.path, directory: directory.path });

const packageJson = '{ "name": "kit", "version": "1.0.0", "description": "A kit" }\n';

/** Makes a project below the directory. */
function projectOf(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries({ 'package.json': packageJson, ...files })) {
    const file = join(directory.path, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return name;
}

interface Checked {
  readonly kind: string;
  readonly error?: { readonly code: string };
  readonly diagnostics: readonly Diagnostic[];
  readonly tools: readonly { readonly name: string; readonly size: number | null }[];
}

describe('arc check', () => {
  test('says in one line that nothing is wrong, and makes nothing', async () => {
    using ownHome = temporaryDirectory();
    const path = copySample('invoice-kit', directory.path);
    const result = await runArc(['check', 'invoice-kit'], { home: ownHome.path, directory: directory.path });
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr.trimEnd().split('\n').at(-1)).toBe('checked invoice-kit 0.2.0: 5 tools, nothing is wrong');
    expect(existsSync(join(path, 'dist'))).toBe(false);
    expect(existsSync(join(ownHome.path, 'cache', 'components'))).toBe(false);
  });

  test('--json has the tools and no diagnostics', async () => {
    copySample('invoice-kit', directory.path);
    const { code, stdout } = await arc('check', 'invoice-kit', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'done', name: 'invoice-kit', version: '0.2.0', diagnostics: [] });
    const { tools } = JSON.parse(stdout) as Checked;
    expect(tools.map(({ name }) => name)).toEqual(['findOrder', 'pause', 'reverseBytes', 'spin', 'sumLines']);
    expect(tools[4]).toMatchObject({
      tokens: ['kv:invoices:rw'],
      file: 'src/invoice-kit.ts',
      size: expect.any(Number),
    });
  });

  test('what only shows when a module is loaded is left to the build', async () => {
    copySample('top-level', directory.path);
    expect(await arc('check', 'top-level')).toMatchObject({ code: 0 });
  });

  test('warnings alone are told and exit with 0', async () => {
    const name = projectOf('warned', {
      'src/add.ts':
        "import { tool } from '@aria/sdk';\n/** Adds. */\nexport const add = tool({ tokens: ['kv:orders:r'] }, (input: { a: number }) => input.a);\n",
    });
    const { code, stderr } = await arc('check', name);
    expect(code).toBe(0);
    expect(stderr).toContain('warning TOKEN_UNUSED');
    expect(stderr).toContain('1 tool, 1 warning\n');
    const { stdout } = await arc('check', name, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'done', diagnostics: [{ severity: 'warning' }] });
  });

  const broken = {
    'src/a-syntax.ts': 'export const cut = ;\n',
    'src/b-type.ts': 'export const n: number = "text";\n',
    'src/c-token.ts':
      "import { tool } from '@aria/sdk';\n/** Takes. */\nexport const take = tool({ tokens: ['kw:orders:r'] }, () => 1);\n",
    'src/d-package.ts':
      "import { tool } from '@aria/sdk';\nimport { load } from 'loader';\n/** Loads. */\nexport const loads = tool({}, () => load());\n",
    'node_modules/loader/index.js':
      "const { readFileSync } = require('fs');\nexports.load = () => readFileSync('x', 'utf8');\n",
    'node_modules/loader/index.d.ts': 'export declare function load(): string;\n',
  };

  test('finds in one run what reading and what bundling finds, each once, in the order of the source', async () => {
    const { code, stdout, stderr } = await arc('check', projectOf('broken-all-over', broken), '--target', 'wasm');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const heads = stderr.split('\n').flatMap((line) => /(src\/\S+?:\d+):\d+ error (\S+)/.exec(line)?.slice(1) ?? []);
    expect(heads).toEqual([
      'src/a-syntax.ts:1',
      'TS1109',
      'src/b-type.ts:1',
      'TS2322',
      'src/c-token.ts:3',
      'TOKEN_INVALID',
      'src/d-package.ts:2',
      'NODE_BUILTIN',
    ]);
    expect(stderr).toContain('3 | export const take = tool({ tokens:');
    expect(stderr).toContain('src/d-package.ts → node_modules/loader/index.js');
    expect(stderr).toMatch(/refused kit 1\.0\.0: \d tools?, 4 errors\n/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('--json has the same, as diagnostics', async () => {
    const { code, stdout } = await arc('check', projectOf('broken-all-over', broken), '--target', 'wasm', '--json');
    expect(code).toBe(1);
    const { kind, error, diagnostics } = JSON.parse(stdout) as Checked;
    expect({ kind, code: error?.code }).toEqual({ kind: 'failed', code: 'BUILD_FAILED' });
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([
      'TS1109',
      'TS2322',
      'TOKEN_INVALID',
      'NODE_BUILTIN',
    ]);
  });

  test('a built-in module of Node and a missing file are each told once, though two steps find them', async () => {
    const name = projectOf('twice', {
      'src/a.ts':
        "import { tool } from '@aria/sdk';\nimport { join } from 'node:path';\nimport { n } from './gone.ts';\n/** Joins. */\nexport const joins = tool({}, () => join('a', `${n}`));\n",
    });
    const { stdout } = await arc('check', name, '--target', 'wasm', '--json');
    expect((JSON.parse(stdout) as Checked).diagnostics).toMatchObject([
      { code: 'NODE_BUILTIN', line: 2 },
      { code: 'TS2307', line: 3 },
    ]);
  });

  test('tells all of many errors', async () => {
    const lines = Array.from({ length: 120 }, (_, index) => `export const n${index}: number = 'text';\n`);
    const { stderr } = await arc('check', projectOf('many', { 'src/a.ts': lines.join('') }));
    expect(stderr.match(/ error TS2322 /g)).toHaveLength(120);
  });

  test('a project that is not there is refused without a stack', async () => {
    const { code, stdout, stderr } = await arc('check', 'nowhere', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'failed', error: { code: 'NOT_FOUND' } });
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('arc check --explain', () => {
  test('gives the sentence, the reason, a wrong example and a right one on stdout', async () => {
    const { code, stdout, stderr } = await arc('check', '--explain', 'token_not_declared');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^TOKEN_NOT_DECLARED\n/);
    expect(stdout).toContain(`${diagnosticCodes.TOKEN_NOT_DECLARED}\n`);
    expect(stdout).toMatch(/\nWrong\n {2}src\/guest\.ts\n[^]*\nRight\n {2}src\/guest\.ts\n[^]*kv:orders:rw/);
  });

  test('--json has the same parts', async () => {
    const { stdout } = await arc('check', '--explain', 'TOO_MANY_TOOLS', '--json');
    expect(JSON.parse(stdout)).toEqual({
      kind: 'done',
      code: 'TOO_MANY_TOOLS',
      sentence: diagnosticCodes.TOO_MANY_TOOLS,
      why: expect.any(String),
      wrong: { sketch: expect.any(String) },
      right: { sketch: expect.any(String) },
    });
  });

  test("says of TypeScript's codes whose they are and where their words come from", async () => {
    const { code, stdout } = await arc('check', '--explain', 'TS2322');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^TS2322\n.*TypeScript's own.*\n\n.*diagnosticMessages\.json/);
  });

  test.each([
    ['TOKEN_NOT_DECLARD', 'Did you mean "TOKEN_NOT_DECLARED"?'],
    ['nothing like it', 'Take a code from what "arc check" says'],
    ['TS12', 'Take a code from'],
  ])('%s is no code: a usage error that names the nearest', async (given, remedy) => {
    const { code, stdout, stderr } = await arc('check', '--explain', given);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(remedy);
    const told = await arc('check', '--explain', given, '--json');
    expect(JSON.parse(told.stdout)).toMatchObject({ kind: 'failed', error: { code: 'USAGE' } });
  });
});
