import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';

const program = resolve('scripts/check/file-rules.ts');

/** Checks a repository that holds these files. */
function check(files: Readonly<Record<string, string>>): { readonly code: number | null; readonly output: string } {
  const directory = mkdtempSync(join(tmpdir(), 'aria-files-'));
  try {
    execFileSync('git', ['init', '-q'], { cwd: directory });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(directory, dirname(path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], { cwd: directory, encoding: 'utf8' });
    return { code: status, output: stdout + stderr };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const line = 'export const one = 1;\n';
// Put together here, so that this file itself keeps to the rules.
const machinePath = ['', 'root', 'project'].join('/');
const registry = ['registry', 'npmjs', 'org'].join('.');

test('files at the limits pass', () => {
  const { code, output } = check({
    'README.md': 'line\n'.repeat(150),
    'host/engine.ts': line.repeat(400),
    'wit/types/index.ts': line,
  });
  expect(output).toContain('3 files, 0 violations');
  expect(code).toBe(0);
});

test.each([
  ['a README of 151 lines', { 'README.md': 'line\n'.repeat(151) }, 'has 151 lines, more than 150'],
  ['a source file of 401 lines', { 'host/engine.ts': line.repeat(401) }, 'has 401 lines, more than 400'],
  ['a folder named utils', { 'host/utils/x.ts': line }, 'has a name that says nothing'],
  ['a file named helpers.ts', { 'host/helpers.ts': line }, 'has a name that says nothing'],
  ['a file named types.ts', { 'host/types.ts': line }, 'has a name that says nothing'],
  ['a path of one machine', { 'a.ts': `${line}// ${machinePath}\n` }, 'holds a path of one machine at line 2'],
  ['the host of a registry', { '.npmrc': `x=https://${registry}/\n` }, 'holds the host of a registry'],
  [
    'an address in the lock file',
    { 'package-lock.json': '{"resolved": "https://example.org/a.tgz"}' },
    'holds a "resolved" address',
  ],
  ['a mark of unfinished work', { 'a.ts': ['// TO', 'DO later\n'].join('') }, 'holds a mark of unfinished work'],
  ['a file over 2 MiB', { 'a.bin': 'x'.repeat(2 * 1024 * 1024 + 1) }, 'has 2097153 bytes'],
])('%s is a violation', (_, files, message) => {
  const { code, output } = check(files);
  expect(output).toContain(message);
  expect(code).toBe(1);
});
