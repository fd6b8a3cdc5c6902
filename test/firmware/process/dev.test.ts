/** `arc dev` against a real host: edits, mistakes, typed lines, a host that goes and comes. */
import { statSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runArc, runArcWell } from '../../cli/run-arc.ts';
import { makeHome } from '../host/host-under-test.ts';
import { type HostProcess, runAria, startHostProcess } from './aria-process.ts';
import { DevProcess } from './dev-process.ts';

const compiled = { ARIA_STORE_COMPILED_DIRECTORY: join(process.env['HOME'] ?? tmpdir(), '.cache/aria/compiled') };
const call = ['--call', 'wordCount', '--input', '{"text":"to be"}'];
let directory: string;
let home: string;
let project: string;
let host: HostProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aria-'));
  ({ home } = await makeHome());
  await runArcWell(['new', 'notes'], { home, directory });
  project = join(directory, 'notes');
  host = await startHostProcess(home, undefined, compiled);
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  for (const path of [directory, home]) await rm(path, { recursive: true, force: true });
});

/** Writes the second file of the template with another body of the tool. */
function edit(body: string, options = ''): void {
  writeFileSync(
    join(project, 'src/words.ts'),
    `import { tool } from '@aria/sdk';
export function countWords(text: string): number {
  return text.split(/\\s+/).filter(Boolean).length;
}
export const wordCount = tool(
  { name: 'wordCount', description: 'Counts the words of a text'${options} },
  (input: { text: string }): { words: number } => ${body},
);
`,
  );
}

/** What the host keeps. */
async function versions(): Promise<readonly string[]> {
  const { stdout } = await runAria(['bundles'], { home });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/ +/).slice(0, 3).join(' '));
}

/** Passes over calls of what stood there before the edit. */
async function calledWith(dev: DevProcess, output: unknown): Promise<void> {
  for (;;) {
    const line = await dev.until('called');
    if (isDeepStrictEqual(line.outcome?.output, output)) return;
  }
}

test('an edit is called at once; a mistake is told and the old version answers; what is typed is called', async () => {
  edit('({ words: countWords(input.text) })');
  await using dev = new DevProcess([project, ...call], { home });
  expect(await dev.until('called')).toMatchObject({
    tool: 'wordCount',
    outcome: { kind: 'done', output: { words: 2 } },
  });
  await dev.says('watching');

  edit('({ words: countWords(input.text) * 100 })');
  const reloaded = await dev.until('reloaded');
  expect(reloaded).toMatchObject({ state: 'active', version: expect.stringMatching(/^0\.1\.0\+dev\.\d+$/) });
  expect((await dev.line()).outcome?.output).toEqual({ words: 200 });

  edit('({ words: "many" })');
  expect(await dev.line()).toMatchObject({ kind: 'refused', diagnostics: [{ code: expect.any(String) }] });
  await dev.says('the version before goes on serving');
  const old = await runAria(['call', 'wordCount', '--input', '{"text":"a b c"}'], { home });
  expect(old).toMatchObject({ code: 0, stdout: '{"words":300}\n' });

  dev.type('wordCount {"text":"one two three four"}');
  expect((await dev.until('called')).outcome?.output).toEqual({ words: 400 });
  dev.type('wordCount {"text"');
  await dev.says('that is no JSON');
  dev.type('nothing {}');
  expect(await dev.line()).toMatchObject({ kind: 'refused-call', tool: 'nothing', error: { code: 'NOT_FOUND' } });
  dev.type('wordCount {"text":"again"}');
  expect((await dev.line()).outcome?.output).toEqual({ words: 100 });
  dev.type('');
  expect((await dev.line()).outcome?.output).toEqual({ words: 100 });

  // More tokens: told, and granted, since it is the user's own source on the user's own host.
  edit('({ words: countWords(input.text) })', ", tokens: ['fs:notes:r']");
  expect(await dev.until('reloaded')).toMatchObject({ state: 'active' });
  expect(dev.told).toContain('granted: fs:notes:r');
  expect((await dev.line()).outcome?.output).toEqual({ words: 1 });
  expect(JSON.parse((await runAria(['approve', '--json'], { home })).stdout)).toEqual({ upgrades: [] });

  // Of the versions of this session only the last one is kept.
  await expect.poll(() => versions().then((all) => all.length), { timeout: 10_000 }).toBe(1);

  // Whoever closes stdin has nothing to type, and still edits.
  dev.closeStdin();
  edit('({ words: 7 })');
  expect((await dev.until('called')).outcome?.output).toEqual({ words: 7 });
  expect(await dev.interrupt()).toBe(130);
  expect(dev.told.match(/error CANCELLED/g)).toHaveLength(1);
}, 60_000);

test('the release stays, and "aria rollback" goes back to it', async () => {
  edit('({ words: 50 })');
  await runArcWell(['keygen', 'release', '--no-password'], { home, directory });
  await cp(join(directory, 'release.pub'), join(home, 'trust/release.pub'));
  await runArcWell(['build', 'notes', '--out', 'notes.aria', '--sign', 'release.key'], { home, directory });
  await runArcWell(['upload', 'notes.aria'], { home, directory });
  const dev = new DevProcess([project, ...call], { home });
  for (const words of [56, 57]) {
    edit(`({ words: ${words} })`);
    await calledWith(dev, { words });
  }
  await expect.poll(() => versions().then((all) => all.length), { timeout: 10_000 }).toBe(2);
  expect(await dev.interrupt()).toBe(130);
  expect((await versions()).toSorted()).toEqual([
    'notes 0.1.0 installed',
    expect.stringMatching(/^notes 0\.1\.0\+dev\.\d+ active$/),
  ]);
  expect((await runAria(['call', 'wordCount', '--input', '{"text":""}'], { home })).stdout).toBe('{"words":57}\n');
  expect((await runAria(['rollback', 'notes'], { home })).stderr).toContain('notes 0.1.0 is active');
  expect((await runAria(['call', 'wordCount', '--input', '{"text":""}'], { home })).stdout).toBe('{"words":50}\n');
}, 60_000);

test('a host that goes is told, and one that comes in its place gets the next change', async () => {
  edit('({ words: 1 })');
  await using dev = new DevProcess([project, ...call], { home, stdin: false });
  expect((await dev.until('called')).outcome?.output).toEqual({ words: 1 });
  await host.end('SIGKILL');
  edit('({ words: 2 })');
  expect((await dev.line()).error?.code).toMatch(/^(HOST_UNREACHABLE|CONNECTION_FAILED)$/);
  await dev.says('the next change tries again');
  host = await startHostProcess(home, undefined, compiled);
  edit('({ words: 3 })');
  expect(await dev.line()).toMatchObject({ kind: 'reloaded', state: 'active' });
  expect((await dev.line()).outcome?.output).toEqual({ words: 3 });
  expect(await dev.interrupt()).toBe(130);
}, 60_000);

test('without a host it says how to start one, and makes no key', async () => {
  const { home: lonely } = await makeHome();
  const ended = await runArc(['dev', project], { home: lonely });
  expect(ended).toMatchObject({ code: 5, stdout: '' });
  expect(ended.stderr).toContain('aria up');
  expect(statSync(join(lonely, 'development.key'), { throwIfNoEntry: false })).toBeUndefined();
  await rm(lonely, { recursive: true, force: true });
});
