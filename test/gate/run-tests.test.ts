import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

/** Counts the tests of a package that has this one test file. */
function count(file: string): unknown {
  const directory = mkdtempSync(join(tmpdir(), 'aria-counts-'));
  try {
    mkdirSync(join(directory, 'test'));
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    writeFileSync(join(directory, 'test/one.test.js'), `import { expect, test } from 'vitest';\n${file}`);
    symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
    const program = `const { runTests } = await import(${JSON.stringify(pathToFileURL(resolve('scripts/check/run-tests.ts')).href)});
      process.stderr.write(JSON.stringify(await runTests([])));`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: directory,
      encoding: 'utf8',
    });
    return JSON.parse(stderr.slice(stderr.lastIndexOf('{"passed"')));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test.each([
  [
    'passed, failed and skipped tests',
    `test('a', () => {}); test('b', () => expect(1).toBe(2)); test.skip('c', () => {});`,
    { passed: 1, failed: 1, skipped: 1 },
  ],
  ['a file that does not load as one failure', `import './nowhere.js';`, { passed: 0, failed: 1, skipped: 0 }],
  [
    'an error outside of any test as one failure',
    `test('a', () => { setTimeout(() => { throw new Error('late'); }, 0); return new Promise((ok) => setTimeout(ok, 50)); });`,
    { passed: 1, failed: 1, skipped: 0 },
  ],
])('the gate counts %s', (_, file, counts) => {
  expect(count(file)).toEqual(counts);
});
