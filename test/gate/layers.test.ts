import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';

const program = resolve('scripts/check/cruise.ts');
const doors = {
  '#wit/*': './wit/*/index.ts',
  '#host': './host/index.ts',
  '#compiler': './compiler/index.ts',
  '#sdk': './guests/sdk/index.ts',
};

/** Checks a house made of these files. */
function cruise(files: Readonly<Record<string, string>>): { readonly code: number | null; readonly output: string } {
  const house = mkdtempSync(join(tmpdir(), 'aria-layers-'));
  try {
    const all = { ...files, 'package.json': JSON.stringify({ type: 'module', imports: doors }) };
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(join(house, dirname(path)), { recursive: true });
      writeFileSync(join(house, path), text);
    }
    symlinkSync(resolve('node_modules'), join(house, 'node_modules'));
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], { cwd: house, encoding: 'utf8' });
    return { code: status, output: stdout + stderr };
  } finally {
    rmSync(house, { recursive: true, force: true });
  }
}

const errorsDoor = { 'wit/errors/index.ts': `export { a } from './a.ts';`, 'wit/errors/a.ts': 'export const a = 1;' };
const hostDoor = { 'host/index.ts': `export { h } from './h.ts';`, 'host/h.ts': 'export const h = 1;' };

test('a house that keeps to the table passes', () => {
  const { code, output } = cruise({
    ...errorsDoor,
    ...hostDoor,
    'host/h.ts': `import { a } from '#wit/errors'; export const h = a;`,
    'compiler/cli/bin.ts': `import { h } from '#host'; console.log(h);`,
    'guests/sdk/index.ts': `import type { a } from '#wit/errors'; export type A = typeof a;`,
  });
  expect(output).toContain('0 forbidden');
  expect(code).toBe(0);
});

test.each([
  ['wit/ may not import host/', { 'wit/values/index.ts': `export { h } from '#host';` }, 'wit/ imports only'],
  [
    'compiler/ may not import host/, which only its cli may',
    { 'compiler/index.ts': `export { h } from '#host';` },
    'compiler/ imports only',
  ],
  [
    'compiler/ may not import its own cli',
    { 'compiler/cli/x.ts': 'export const x = 1;', 'compiler/index.ts': `export { x } from './cli/x.ts';` },
    'stays out of nested areas',
  ],
  [
    'a type import crosses a forbidden border too',
    {
      'host/t.ts': `import type { C } from '../compiler/c.ts'; export type T = C;`,
      'compiler/c.ts': 'export type C = 1;',
    },
    'host/ imports only',
  ],
  [
    'the SDK may not import code of wit/',
    { 'guests/sdk/index.ts': `export { a } from '#wit/errors';` },
    'guests/sdk/ imports only types of wit/',
  ],
  [
    'a folder is not entered beside its door',
    { 'compiler/index.ts': `export { a } from '../wit/errors/a.ts';` },
    'wit/errors/ is entered through its index.ts',
  ],
  [
    'a door is not named by a relative path',
    { 'compiler/index.ts': `export { a } from '../wit/errors/index.ts';` },
    'wit/errors/ is named by its # door',
  ],
  ['a cycle is forbidden', { 'host/a.ts': `import './b.ts';`, 'host/b.ts': `import './a.ts';` }, 'no cycles'],
  ['an import that does not resolve is forbidden', { 'host/a.ts': `import './nowhere.ts';` }, 'every import resolves'],
  [
    'ts-morph lives in compiler/read',
    { 'host/a.ts': `import { Project } from 'ts-morph'; export { Project };` },
    'ts-morph',
  ],
  [
    'jco lives in host/engine',
    { 'host/a.ts': `import { transpile } from '@bytecodealliance/jco'; export { transpile };` },
    '@bytecodealliance',
  ],
  [
    'worker threads live in host/ and guests/engine/',
    { 'compiler/a.ts': `import { Worker } from 'node:worker_threads'; export { Worker };` },
    'worker_threads',
  ],
])('%s', (_, files, rule) => {
  const { code, output } = cruise({ ...errorsDoor, ...hostDoor, ...files });
  expect(output).toContain(rule);
  expect(code).toBe(1);
});
