/** What arc says about projects and places that are broken: always a message, never a stack. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '#compiler';
import { runArc, temporaryDirectory } from './run-arc.ts';

const packageJson = '{ "name": "sample", "version": "1.0.0", "description": "A sample" }';
const fine =
  "import { tool } from '@aria/sdk';\n/** Is fine itself. */\nexport const fine = tool({}, async () => 'fine');\n";
const arcPath = fileURLToPath(new URL('../../compiler/cli/bin.js', import.meta.url));

function writeProject(directory: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries({ 'package.json': packageJson, ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

/** One thing wrong of each kind. */
const broken = {
  'src/fine.ts': fine,
  'src/latin.ts': Buffer.from([0x2f, 0x2f, 0xff]),
  'src/large.ts': ' '.repeat(8 * 1024 * 1024 + 1),
  'src/syntax.ts': 'export const open = [1;\n',
  'src/more.ts': 'export function (\n',
  'src/types.ts': "import { gone } from './gone.ts';\nexport const wrong: number = 'one';\nexport { gone };\n",
  'src/deep.ts': `export const deep = ${'['.repeat(20_000)}${']'.repeat(20_000)};\n`,
  'src/token.ts':
    "import { kv, tool } from '@aria/sdk';\n/** Has no token. */\nexport const keeping = tool({}, () => kv('orders').getText('a'));\n",
  'tsconfig.json': '{ "extends": "./tsconfig.json" }',
};

describe('a project with everything wrong', () => {
  test.each(['build', 'check'])('arc %s says all of it in one run, sorted, and exits with 1', async (command) => {
    using home = temporaryDirectory();
    const project = join(home.path, 'kit');
    writeProject(project, broken);
    execFileSync('mkfifo', [join(project, 'src/pipe.ts')]);
    symlinkSync('loop.ts', join(project, 'src/loop.ts'));
    const { code, stdout, stderr } = await runArc([command, 'kit', '--json'], { home: home.path });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
    expect(code).toBe(1);
    expect(diagnostics.map((diagnostic) => `${diagnostic.code} ${diagnostic.file}:${diagnostic.line}`)).toEqual([
      'SOURCE_INVALID src/deep.ts:1',
      'SOURCE_TOO_LARGE src/large.ts:1',
      'SOURCE_NOT_UTF8 src/latin.ts:1',
      'SOURCE_UNREADABLE src/loop.ts:1',
      'TS1003 src/more.ts:1',
      'TS1005 src/more.ts:2',
      'SOURCE_UNREADABLE src/pipe.ts:1',
      'TS1005 src/syntax.ts:1',
      'TOKEN_NOT_DECLARED src/token.ts:3',
      'TS2307 src/types.ts:1',
      'TS2322 src/types.ts:2',
      'PROJECT_INVALID tsconfig.json:1',
    ]);
    expect(stderr).toContain('kit/src/token.ts:3:42 error TOKEN_NOT_DECLARED');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('places are shown from where the user stands, and stay within the project in JSON', async () => {
    using home = temporaryDirectory();
    writeProject(join(home.path, 'kit'), { 'src/wrong.ts': "export const wrong: number = 'one';\n" });
    writeProject(join(home.path, 'other'), {});
    const beside = await runArc(['build', '../kit', '--json'], {
      home: home.path,
      directory: join(home.path, 'other'),
    });
    expect(beside.stderr).toContain('../kit/src/wrong.ts:1:14 error TS2322');
    expect(JSON.parse(beside.stdout)).toMatchObject({
      diagnostics: [{ file: 'src/wrong.ts' }, { file: 'src/wrong.ts' }],
    });
    const inside = await runArc(['build'], { home: home.path, directory: join(home.path, 'kit/src') });
    expect(inside.stderr).toMatch(/^wrong\.ts:1:14 error TS2322/m);
    expect(inside.stderr).toContain("  1 | export const wrong: number = 'one';\n");
  });

  test('a file whose name holds a line break forges no line of its own', async () => {
    using home = temporaryDirectory();
    writeProject(join(home.path, 'kit'), { 'src/a\nerror FORGED x.ts': "export const wrong: number = 'one';\n" });
    const { stderr } = await runArc(['build', 'kit'], { home: home.path });
    expect(stderr).toContain('kit/src/a\\nerror FORGED x.ts:1:14 error TS2322');
    expect(stderr).toContain("  1 | export const wrong: number = 'one';\n");
    expect(stderr).not.toMatch(/^error FORGED/m);
  });
});

describe('a result that cannot be written', () => {
  test('where a directory has the name of the bundle, the message says so, and nothing is left beside it', async () => {
    using home = temporaryDirectory();
    writeProject(join(home.path, 'kit'), { 'src/fine.ts': fine });
    mkdirSync(join(home.path, 'kit/dist/sample-1.0.0.aria'), { recursive: true });
    const { code, stderr } = await runArc(['build', 'kit'], { home: home.path });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'kit/dist/sample-1.0.0.aria": a directory is there\n  remedy: Name another place with --out',
    );
    expect(stderr).not.toContain('EISDIR');
    writeFileSync(join(home.path, 'file'), '');
    const below = await runArc(['build', 'kit', '--out', 'file/deep'], { home: home.path });
    expect(below).toMatchObject({ code: 2, stderr: expect.stringContaining('a part of its path is no directory') });
  });

  test.runIf(process.platform === 'linux').each([[[]], [['--json']]])(
    'arc inspect %j onto a full disk says that it is full',
    async (options) => {
      using home = temporaryDirectory();
      writeProject(join(home.path, 'kit'), { 'src/fine.ts': fine });
      await runArc(['build', 'kit'], { home: home.path });
      const full = openSync('/dev/full', 'w');
      try {
        const { status, stderr } = spawnSync(
          process.execPath,
          [arcPath, 'inspect', 'kit/dist/sample-1.0.0.aria', ...options],
          { cwd: home.path, env: { ...process.env, ARIA_HOME: home.path }, stdio: ['ignore', full, 'pipe'] },
        );
        expect(status).toBe(2);
        expect(stderr.toString()).toBe(
          'error USAGE Cannot write the result to stdout: the disk is full\n  remedy: Make room there, or redirect stdout to another place\n',
        );
      } finally {
        closeSync(full);
      }
    },
  );
});
