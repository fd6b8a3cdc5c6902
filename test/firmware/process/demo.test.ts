/** `aria up --demo`: what somebody does who has just cloned the repository. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ariaPath, hostProcess, runAria } from './aria-process.ts';

let temporary: string;
/** Of the commands that speak to the demo: none of what they keep is the demo's. */
let elsewhere: { readonly home: string };
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'aria-'));
  elsewhere = { home: await mkdtemp(join(tmpdir(), 'aria-')) };
});
afterAll(async () => {
  for (const path of [temporary, elsewhere.home]) await rm(path, { recursive: true, force: true });
});

/** A demo whose temporary directory is below that of the test. */
function demo(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [ariaPath, 'up', '--demo', ...args], {
    env: {
      ...process.env,
      TMPDIR: temporary,
      ARIA_STORE_COMPILED_DIRECTORY: join(process.env['HOME'] ?? tmpdir(), '.cache/aria/compiled'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('is ready with signed tools, says how to call them, and leaves nothing behind', async () => {
  const child = demo('--json');
  await using host = await hostProcess(child);
  expect(host.ready).toMatchObject({ ready: true, grpc: expect.stringMatching(/^127\.0\.0\.1:\d+$/), metrics: null });
  while (!host.stderr().includes('--input')) await once(child.stderr ?? child, 'data');
  expect(host.stderr()).toContain('invoice-kit 0.2.0 is active; try in another terminal:');
  const [, home = ''] = /aria tools --home (\S+)/.exec(host.stderr()) ?? [];
  expect(home.startsWith(temporary)).toBe(true);
  const [, input = ''] = /aria call dueDate --home \S+ --input '(.*)'/.exec(host.stderr()) ?? [];
  expect(await runAria(['call', 'dueDate', '--home', home, '--input', input], elsewhere)).toEqual({
    code: 0,
    stdout: '{"due":"2026-02-13","weekday":"Friday"}\n',
    stderr: '',
  });
  expect((await runAria(['bundles', '--home', home], elsewhere)).stdout).toMatch(/invoice-kit .* signed by demo/);
  expect((await runAria(['status', '--home', home, '--json'], elsewhere)).stdout).toContain('"allowUnsigned":false');
  expect(await host.end('SIGTERM')).toBe(0);
  expect(existsSync(home)).toBe(false);
  expect(await readdir(temporary)).toEqual([]);
}, 60_000);

test('that is interrupted while it builds ends with 130 and leaves nothing behind', async () => {
  const child = demo();
  const ended = once(child, 'exit');
  while (!(await readdir(temporary)).some((name) => name.startsWith('aria-demo-')))
    await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGINT');
  await ended;
  expect(child.exitCode).toBe(130);
  expect(await readdir(temporary)).toEqual([]);
}, 60_000);
