/** The fault injector sees what Node and SQLite write, and hits the very call that it is told to. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  FaultProcess,
  type FaultCommand,
  countWrites,
  faultInjector,
  runWithFault,
  seededPoints,
} from './fault-injector.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aria-fault-test-'));
  mkdirSync(join(directory, 'watched'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function command(part: 'sync' | 'async' | 'sqlite', watched = join(directory, 'watched')): FaultCommand {
  const args = [join(import.meta.dirname, 'write-child.ts'), watched, part];
  return { file: process.execPath, args, directory: watched };
}

/** The name of each call with that of its file. */
function namesOf(trace: readonly string[]): readonly string[] {
  return trace.map((line) => line.replace(/^\d+ (\S+) .*\/([^/]+)$/, '$1 $2'));
}

describe.skipIf(faultInjector === undefined)('the fault injector', () => {
  test('counts each call that Node makes at once, and none on files elsewhere', () => {
    writeFileSync(join(directory, 'elsewhere'), '');
    const { calls, trace, stdout, code } = countWrites(command('sync'));
    expect([code, calls, stdout.split('\n').at(-2)]).toEqual([0, 8, 'elsewhere']);
    expect(namesOf(trace)).toEqual([
      'write a',
      'pwrite64 a',
      'writev a',
      'ftruncate64 a',
      'fsync a',
      'fdatasync a',
      'rename b',
      'unlink b',
    ]);
  });

  test('counts what the threads of Node do, by relative paths too, and by way of a link to the directory', () => {
    symlinkSync(join(directory, 'watched'), join(directory, 'link'));
    const { trace } = countWrites(command('async', join(directory, 'link')));
    expect(namesOf(trace)).toEqual(['write a', 'fsync a', 'fdatasync a', 'rename b', 'unlink b', 'unlink c']);
  });

  test('counts what SQLite writes: database, log, and both when the log is emptied', () => {
    const names = namesOf(countWrites(command('sqlite')).trace);
    for (const name of ['pwrite64 a.db-wal', 'fsync a.db-wal', 'pwrite64 a.db', 'fsync a.db', 'unlink a.db-wal'])
      expect(names).toContain(name);
  });

  test('kills before a call, or after half of a write, or after another call', () => {
    const read = (name: string): string | undefined =>
      existsSync(join(directory, 'watched', name)) ? readFileSync(join(directory, 'watched', name), 'utf8') : undefined;
    const before = runWithFault(command('sync'), { kind: 'kill', at: 2 });
    expect([before.signal, before.calls, before.stdout, read('a')]).toEqual(['SIGKILL', 2, 'write\n', 'abcdefgh']);
    const half = runWithFault(command('sync'), { kind: 'kill', at: 2, half: true });
    expect([half.signal, half.stdout, read('a')]).toEqual(['SIGKILL', 'write\n', 'ABcdefgh']);
    const rename = runWithFault(command('sync'), { kind: 'kill', at: 7 });
    expect([rename.signal, read('a'), read('b')]).toEqual(['SIGKILL', 'ABCD', undefined]);
    const renamed = runWithFault(command('sync'), { kind: 'kill', at: 7, half: true });
    expect([renamed.signal, read('a'), read('b')]).toEqual(['SIGKILL', undefined, 'ABCD']);
  });

  test('fails one call, or all from one on, with the error that is asked for', () => {
    const once = runWithFault(command('sync'), { kind: 'fail', at: 5, error: 'EIO', repeat: 'once' });
    expect(once.stdout).toBe('write\npwrite\nwritev\nftruncate\nfsync EIO\nfdatasync\nrename\nunlink\nelsewhere\n');
    const always = runWithFault(command('sync'), { kind: 'fail', at: 5, error: 'EIO', repeat: 'always' });
    expect(always.stdout.split('\n').slice(4, 8)).toEqual(['fsync EIO', 'fdatasync EIO', 'rename EIO', 'unlink EIO']);
  });

  test('a full disk still takes what needs no room', () => {
    const { stdout } = runWithFault(command('sync'), { kind: 'fail', at: 1, error: 'ENOSPC', repeat: 'always' });
    expect(stdout).toContain('write ENOSPC\npwrite ENOSPC\nwritev ENOSPC\nftruncate\n');
  });

  test('counts in a process that runs on only from when it is armed until it is disarmed', async () => {
    const watched = join(directory, 'watched');
    const script = `
      process.stdin.on('data', () => {
        require('node:fs').appendFileSync('file', 'x');
        process.stdout.write('written');
      });
      process.stdout.write('ready');`;
    const args = ['-e', script];
    using faulty = new FaultProcess(
      { file: process.execPath, args, cwd: watched, directory: watched },
      { kind: 'kill', at: 3 },
    );
    const { child } = faulty;
    const answer = (): Promise<unknown> => new Promise((resolve) => child.stdout?.once('data', resolve));
    const write = async (): Promise<number> => {
      const answered = answer();
      child.stdin?.write('go');
      await answered;
      return faulty.calls();
    };
    await answer();
    expect(await write()).toBe(0);
    faulty.arm();
    expect([await write(), await write()]).toEqual([1, 2]);
    faulty.disarm();
    expect(await write()).toBe(2);
    faulty.arm();
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    child.stdin?.write('go');
    expect(await ended).toBe('SIGKILL');
    expect(readFileSync(join(watched, 'file'), 'utf8')).toBe('xxxx');
  });
});

test('seeded points lie within their parts, so that all of a run is covered, and are all where there are few', () => {
  expect(seededPoints(4, 12, 1)).toEqual([1, 2, 3, 4]);
  for (let seed = 0; seed < 50; seed += 1) {
    const points = seededPoints(120, 12, seed);
    expect(points.map((point) => Math.floor((point - 1) / 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  }
  expect(seededPoints(1_000, 12, 1)).not.toEqual(seededPoints(1_000, 12, 2));
});
