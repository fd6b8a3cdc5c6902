import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeHolder, lockHome } from '../../../firmware/boot/home-lock.ts';

const script = fileURLToPath(new URL('home-lock-child.ts', import.meta.url));
const setup = { nowMs: 1_700_000_000_000, pid: process.pid };
let home = '';
let children: { readonly child: ChildProcess; readonly ended: Promise<unknown> }[] = [];

interface Answer {
  readonly locked: boolean;
  readonly pid?: number;
  readonly error?: { readonly code: string; readonly message: string; readonly remedy: string };
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'aria-lock-'));
});
afterEach(async () => {
  for (const { child, ended } of children) {
    child.kill('SIGKILL');
    await ended;
  }
  children = [];
  rmSync(home, { recursive: true, force: true });
});

async function start(directory = home): Promise<{ readonly child: ChildProcess; readonly answer: Answer }> {
  const child = spawn(process.execPath, [script, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  // Listened for from the start: one that has ended already says so no more.
  children.push({ child, ended: once(child, 'exit') });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, answer: JSON.parse(line) as Answer };
}

test('a second process is refused with the number of the first and since when, and the first one goes on', async () => {
  const first = await start();
  expect(first.answer).toEqual({ locked: true, pid: first.child.pid });
  const second = await start();
  expect(second.answer).toMatchObject({ locked: false, error: { code: 'HOME_LOCKED' } });
  expect(second.answer.error?.message).toMatch(new RegExp(`process ${first.child.pid} .* since \\d{4}-`));
  expect(second.answer.error?.remedy).toContain(`kill ${first.child.pid}`);
  expect(homeHolder(home)).toMatchObject({ pid: first.child.pid, machine: hostname() });
});

test('after kill -9 the directory is free at once, and its holder is not mistaken for one', async () => {
  const first = await start();
  first.child.kill('SIGKILL');
  await children[0]?.ended;
  expect(readFileSync(join(home, 'lock.holder'), 'utf8')).toContain(String(first.child.pid));
  expect(homeHolder(home)).toBe('free');
  expect((await start()).answer.locked).toBe(true);
});

test('the number of a process that lives says nothing about the lock', () => {
  const holder = { pid: process.ppid, sinceMs: 1, machine: hostname() };
  writeFileSync(join(home, 'lock.holder'), JSON.stringify(holder));
  using lock = lockHome(home, setup);
  expect(lock.holder.pid).toBe(process.pid);
});

test('of many that start at the same time one gets the directory', async () => {
  const started = await Promise.all(Array.from({ length: 4 }, () => start()));
  expect(started.filter(({ answer }) => answer.locked)).toHaveLength(1);
  expect(started.flatMap(({ answer }) => answer.error?.code ?? [])).toEqual(Array(3).fill('HOME_LOCKED'));
});

test('a released directory is free for others, and releasing twice is once', async () => {
  const lock = lockHome(home, setup);
  lock[Symbol.dispose]();
  lock[Symbol.dispose]();
  expect(homeHolder(home)).toBe('free');
  expect((await start()).answer.locked).toBe(true);
  lock[Symbol.dispose]();
  expect(homeHolder(home)).toMatchObject({ pid: children[0]?.child.pid });
});

test('two in one process are two', () => {
  using lock = lockHome(home, setup);
  expect(() => lockHome(home, setup)).toThrow(expect.objectContaining({ code: 'HOME_LOCKED' }));
  expect(homeHolder(home)).toEqual(lock.holder);
});

test('looking does not take the lock away from its holder, nor keep a host from starting', async () => {
  using lock = lockHome(home, setup);
  for (let index = 0; index < 50; index += 1) expect(homeHolder(home)).toEqual(lock.holder);
  expect((await start()).answer.locked).toBe(false);
});

test.each([
  '',
  'null',
  '{"pid":"1"}',
  '{"pid":1,"sinceMs":1e300,"machine":"m"}',
  '{"pid":1,"sinceMs":8.7e15,"machine":"m"}',
])('a holder file of %j does not matter', (text) => {
  using lock = lockHome(home, setup);
  writeFileSync(join(home, 'lock.holder'), text);
  expect(lock.holder.pid).toBe(process.pid);
  expect(() => lockHome(home, setup)).toThrow(/another process has it open/);
});

test('a holder that is gone is not named, though the lock is held', () => {
  using lock = lockHome(home, setup);
  const { pid } = spawnSync(process.execPath, ['--version'], { stdio: 'ignore' });
  writeFileSync(join(home, 'lock.holder'), JSON.stringify({ ...lock.holder, pid }));
  expect(() => lockHome(home, setup)).toThrow(/another process has it open/);
  writeFileSync(join(home, 'lock.holder'), JSON.stringify({ ...lock.holder, pid, machine: 'another' }));
  expect(() => lockHome(home, setup)).toThrow(`the process ${pid} of "another"`);
});

test('a home that is missing is made for its owner alone; where none can be made it is refused', () => {
  using lock = lockHome(join(home, 'a/b'), setup);
  expect(lock.holder.sinceMs).toBe(setup.nowMs);
  expect(statSync(join(home, 'a/b')).mode & 0o777).toBe(0o700);
  writeFileSync(join(home, 'file'), '');
  for (const wrong of ['file', 'file/below'])
    expect(() => lockHome(join(home, wrong), setup)).toThrow(expect.objectContaining({ code: 'IO_FAILED' }));
});

test('a lock file that is none is refused with what it is', () => {
  writeFileSync(join(home, 'lock'), 'x'.repeat(5000));
  expect(() => lockHome(home, setup)).toThrow(expect.objectContaining({ code: 'IO_FAILED' }));
});

test('a home that nobody ever used is free', () => {
  expect(homeHolder(home)).toBe('free');
  expect(homeHolder(join(home, 'none'))).toBe('free');
});
