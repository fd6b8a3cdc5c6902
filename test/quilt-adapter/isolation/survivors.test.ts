/** What wants to live on does not: daemons, deaf processes, those that hold a stream or a runtime open; and those of a host that is killed while they attack. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identityOf } from '../../../quilt-adapter/containers/process-identity.ts';
import { type BackendUnderTest, firstLine, groupsOf, isRoot } from '../containers/backend-under-test.ts';
import { type Arena, isAttackable, isolating, openArena } from './arena.ts';

const spawning = { network: false, spawn: true };
const isLong = process.env['ARIA_CRASH_ALL'] === '1';
/** Of the three back ends together in the gate, and of each at length. */
const containersInAll = isLong ? 1500 : 100;
const killsInAll = isLong ? 30 : 3;
const backends = isolating.filter(isAttackable);

describe.each(isolating)('%s', (name) => {
  describe.skipIf(!isAttackable(name))('ends', () => {
    let arena: Arena;
    beforeAll(async () => {
      arena = await openArena(name);
    });
    afterAll(() => arena[Symbol.asyncDispose]());

    test('daemons with the process that made them', async () => {
      const { exit } = await arena.attack('outlive', { profile: spawning, words: ['end'] });
      expect(exit).toMatchObject({ kind: 'exited', exitCode: 0 });
    });

    test('daemons that are deaf to every signal, after they have signalled everybody that they could name', async () => {
      await using container = await arena.start('outlive', {
        profile: spawning,
        words: ['wait', String(arena.victim)],
      });
      expect(await firstLine(container)).toBe('up');
      container.stderr.resume();
      await container.signal('TERM');
      await sleep(200);
      // They are there, or nothing of this proves anything.
      if (isRoot) expect((await container.usage()).processes).toBeGreaterThan(5);
      await arena.expectUnharmed();
      await container[Symbol.asyncDispose]();
      expect((await container.exited).kind).toBe('killed');
      await arena.expectUnharmed();
      await arena.expectNothingLeft();
    });

    test('what stops itself, and what was never read', async () => {
      await using stopped = await arena.start('waits');
      await firstLine(stopped);
      process.kill(stopped.pid, 'SIGSTOP');
      await stopped[Symbol.asyncDispose]();
      const unread = await arena.start('flood', { words: ['1', '2'] });
      await sleep(100);
      const disposed = unread[Symbol.asyncDispose]().then(() => 'ended');
      expect(await Promise.race([disposed, sleep(9000, 'still there')])).toBe('ended');
      await arena.expectNothingLeft();
    });

    describe.skipIf(name === 'bubblewrap')('further processes', () => {
      const command = (...args: string[]) => ({ args: ['/bin/bun', ...args], environment: {}, workingDirectory: '/' });

      test('that leave a daemon with their streams: the caller can give up', async () => {
        await using container = await arena.start('waits', { profile: spawning });
        await firstLine(container);
        container.stderr.resume();
        const making = container.execute(
          command('--no-install', '/aria/guests/leave-daemon.ts'),
          AbortSignal.timeout(800),
        );
        const outcome = making.then(
          () => 'ended',
          (error: { code: string }) => error.code,
        );
        expect(await Promise.race([outcome, sleep(8000, 'hangs')])).toMatch(/^(ended|CANCELLED)$/);
        await container[Symbol.asyncDispose]();
        await arena.expectUnharmed();
        await arena.expectNothingLeft();
      });

      test('that are entered while a hostile process waits for them give it no file of the machine', async () => {
        const runtime = `/usr/bin/${name}`;
        const before = existsSync(runtime) ? hashOf(runtime) : '';
        const container = await arena.start('enter-watch', { profile: spawning, words: ['1200'] });
        const told = text(container.stdout);
        container.stderr.resume();
        await sleep(150);
        for (let round = 0; round < 4; round += 1)
          await container.execute(command('--version'), new AbortController().signal).catch(() => undefined);
        await container.exited;
        expect(JSON.parse((await told).split('\n')[1] ?? '{}')).toEqual({ got: [], seen: true });
        expect(existsSync(runtime) ? hashOf(runtime) : '').toBe(before);
        await arena.expectNothingLeft();
      });
    });

    test(`${Math.ceil(containersInAll / Math.max(1, backends.length))} containers one after the other and side by side leave nothing`, async () => {
      const count = Math.ceil(containersInAll / Math.max(1, backends.length));
      const before = [readdirSync('/proc/self/fd').length, mounts()];
      for (let started = 0; started < count; started += 5) {
        const batch = Array.from({ length: Math.min(5, count - started) }, async (_, index) => {
          await using container = await arena.under.backend.start(arena.under.spec({ args: ['/bin/bun', '-e', ''] }));
          container.stdout.resume();
          container.stderr.resume();
          // Some end by themselves, some are killed at some point of their start.
          if (index % 2 === 0) await container.exited;
        });
        await Promise.all(batch);
      }
      await arena.expectNothingLeft();
      await arena.expectUnharmed();
      expect(mounts()).toBe(before[1]);
      expect(readdirSync('/proc/self/fd').length - Number(before[0])).toBeLessThan(10);
    });

    test.skipIf(!isRoot)('everything of a host that is killed while its containers multiply', async () => {
      for (let round = 0; round < Math.ceil(killsInAll / Math.max(1, backends.length)); round += 1) {
        const host = await startHost(name, arena.under, round);
        await sleep(50);
        host.child.kill('SIGKILL');
        const left = () => [...host.pids.filter(isThere), ...groupsOf(host.owner), ...host.left()];
        for (let waited = 0; waited < 500 && left().length > 0; waited += 1) await sleep(20);
        expect(left()).toEqual([]);
        await arena.expectUnharmed();
      }
    });
  });
});

interface Host {
  readonly owner: string;
  readonly child: ChildProcess;
  readonly pids: readonly number[];
  left(): string[];
}

/** A host of its own, whose containers fork without end and are deaf. */
async function startHost(name: string, { directory, root }: BackendUnderTest, round: number): Promise<Host> {
  const owner = `kill${process.pid}x${round}`;
  const state = path.join(directory, 'state');
  const script = path.join(import.meta.dirname, 'hostile-host-child.ts');
  const child = spawn(process.execPath, [script, name, state, owner, root.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seen = '';
  for await (const chunk of child.stdout) {
    seen += String(chunk);
    if (seen.includes('\n')) break;
  }
  const left = () => readdirSync(state).filter((one) => one.startsWith(`${owner}-`));
  return { owner, child, left, pids: JSON.parse(seen) as number[] };
}

function isThere(pid: number): boolean {
  return identityOf(pid) !== undefined;
}

function mounts(): number {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length;
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
