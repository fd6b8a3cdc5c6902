/** Texts and paths that mean arc ill: what a tool throws and logs, what a path leads to. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runArc, temporaryDirectory } from './run-arc.ts';

const home = temporaryDirectory();
const directory = temporaryDirectory();
afterAll(() => {
  home[Symbol.dispose]();
  directory[Symbol.dispose]();
});
const arc = (args: readonly string[]) => runArc(args, { home: home.path, directory: directory.path });

const source = `
import { aria, tool, ToolError, Json } from '@aria/sdk';
@aria({ name: 'ill', version: '1.0.0', description: 'Means ill' })
export class Ill {
  /** Forges lines. */
  @tool()
  forge(): string {
    console.info('one\\nerror FORGED two');
    throw new ToolError('REAL', 'first\\nerror FORGED second');
  }
  /** Gives details that are no violations. */
  @tool()
  confuse(input: { details: Json }): string {
    throw new ToolError('REAL', 'no', { details: input.details });
  }
}`;

beforeAll(() => {
  mkdirSync(join(directory.path, 'ill/src'), { recursive: true });
  writeFileSync(join(directory.path, 'ill/src/main.ts'), source);
  execFileSync('mkfifo', [join(directory.path, 'pipe.aria')]);
});

test('a line end in what a tool logs or throws begins no line of its own', async () => {
  const { code, stderr } = await arc(['run', 'ill', 'forge']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/error REAL first\n {4}error FORGED second/);
  expect(stderr).not.toMatch(/^error FORGED/m);
});

test('what steers a terminal is shown, not sent, in the lines of a source, in messages and in remedies', async () => {
  const steering = '\u001B[2J\r\u202E';
  mkdirSync(join(directory.path, 'steer/src'), { recursive: true });
  writeFileSync(
    join(directory.path, 'steer/package.json'),
    '{"name":"steer","version":"1.0.0","description":"Steers"}',
  );
  writeFileSync(
    join(directory.path, 'steer/src/main.ts'),
    `import { tool } from '@aria/sdk';\n/* ${steering} */ export const odd = tool({ tokens: ['k\\u001b[31m\\u202e:a:r'] }, () => 1 as unknown);\n` +
      "export const hidden = tool({ description: 'Hides', ['timeou\\u001b[31mt']: 1 } as object, () => 1);\n",
  );
  const { code, stderr } = await arc(['check', 'steer']);
  expect(code).toBe(1);
  expect(stderr).toContain('  3 | \uFFFD */ export const odd');
  for (const character of '\u001B\r\u202E') expect(stderr).not.toContain(character);
});

test.each([
  { violations: [{ message: { toString: 1, valueOf: 1 } }, 7, null] },
  { excerpt: 'a', excerptColumn: 1e12 },
  { excerpt: 'a', excerptColumn: -1 },
])('details of a tool that look like places of ours are told as a failure of the tool: %j', async (details) => {
  const { code, stderr } = await arc(['run', 'ill', 'confuse', '--input', JSON.stringify({ details })]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/error REAL no/);
});

test.each([
  ['inspect', 'pipe.aria'],
  ['inspect', '/dev/zero'],
  ['run', 'pipe.aria', 'x', '--allow-unsigned'],
  ['run', 'ill', 'confuse', '--input', '@pipe.aria'],
  ['run', 'ill', 'confuse', '--input', '@/dev/zero'],
])('a pipe or a device in the place of a file is refused at once: %s %s', async (...args) => {
  const { code, stderr } = await arc(args);
  expect(code).toBe(3);
  expect(stderr).toMatch(/no regular file/);
});

test('--json is answered with JSON also where the command line is wrong', async () => {
  const { code, stdout } = await arc(['run', 'ill', 'forge', '--bogus', '--json']);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'failed', error: { code: 'USAGE' } });
});
