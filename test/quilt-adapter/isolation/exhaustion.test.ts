/** Bombs: memory in every form, disk, files, processes, output. Each is held by a limit of its container; machine and bystander do not notice. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { locateBun } from '../../../quilt-adapter/containers/bun-binary.ts';
import { firstLine, isRoot, mebibyte } from '../containers/backend-under-test.ts';
import { type Arena, isAttackable, isolating, openArena } from './arena.ts';

const memoryBytesMax = 128 * mebibyte;
const spawning = { network: false, spawn: true };

describe.each(isolating)('%s', (name) => {
  describe.skipIf(!isAttackable(name))('holds', () => {
    let arena: Arena;
    beforeAll(async () => {
      arena = await openArena(name);
    });
    afterAll(() => arena[Symbol.asyncDispose]());

    describe.skipIf(!isRoot)('memory', () => {
      test.each(['shared', 'memfd', 'pipes', 'letters'])(
        'as %s: it counts, so it ends the container or is refused',
        async (kind) => {
          const container = await arena.start('hoard', { words: [kind] });
          container.stdout.resume();
          container.stderr.resume();
          const exit = await container.exited;
          // Pipes and letters have limits of their own below that of memory; no more of them can be had then.
          expect(['memory', 'exited']).toContain(exit.kind);
          if (kind === 'shared' || kind === 'memfd') expect(exit.kind).toBe('memory');
          expect((await container.usage()).memoryBytesPeak).toBeLessThanOrEqual(memoryBytesMax);
          await arena.expectUnharmed();
          await arena.expectNothingLeft();
        },
      );

      test.each(['cache', 'mapped'])(
        'as %s of a file four times as large: it goes again, and harms nobody',
        async (kind) => {
          const source = arena.newVolume();
          const mounts = [{ kind: 'bind', source, target: '/workspace', writable: true } as const];
          const words = [kind, String((2 * memoryBytesMax) / mebibyte)];
          const container = await arena.start('hoard', {
            words,
            mounts,
            limits: { memoryBytesMax: memoryBytesMax / 2 },
          });
          container.stdout.resume();
          container.stderr.resume();
          // Pages that are mapped may be asked for faster than the disk takes them: then it is the container that goes.
          expect(kind === 'cache' ? ['exited'] : ['exited', 'memory']).toContain((await container.exited).kind);
          expect((await container.usage()).memoryBytesPeak).toBeLessThanOrEqual(memoryBytesMax / 2);
          rmSync(source, { recursive: true });
          await arena.expectUnharmed();
        },
      );

      test('as bytes that wait in connections to itself', async () => {
        const before = connectionBytes();
        await using container = await arena.start('hoard', { words: ['connections'], profile: { network: true } });
        container.stderr.resume();
        let seen = '';
        const told = new Promise<void>((resolve) => {
          container.stdout.on('data', (chunk: Buffer) => {
            seen += chunk.toString();
            if (seen.includes('{')) resolve();
          });
        });
        await Promise.race([told, container.exited, sleep(8000)]);
        // What others on the machine have in connections meanwhile is little.
        expect(connectionBytes() - before).toBeLessThan(memoryBytesMax);
        await arena.expectUnharmed();
      });
    });

    test('disk: every open place has an end', async () => {
      const mounts = [{ kind: 'tmpfs', target: '/tool', bytesMax: mebibyte } as const];
      const free = statfsSync(arena.under.directory).bfree;
      const { found, exit } = await arena.attack('fill', { words: ['/tmp', '/tool'], mounts });
      expect(exit.kind).toBe('exited');
      expect(found).toMatchObject([
        { place: '/tmp', bytes: 4 * mebibyte, end: 'ENOSPC' },
        { place: '/tool', bytes: mebibyte, end: 'ENOSPC' },
      ]);
      expect(statfsSync(arena.under.directory).bfree).toBeGreaterThan(free - 20_000);
    });

    test('open files and all that is one, and nobody else has fewer of them', async () => {
      await using container = await arena.start('open-all');
      container.stderr.resume();
      const found = JSON.parse(await firstLine(container)) as Record<string, { had: number; end: number }>;
      for (const kind of ['files', 'memory', 'sockets']) {
        expect(found[kind]?.end).toBe(-24);
        expect(found[kind]?.had).toBeLessThan(256);
      }
      // A process of the machine, of its root and of the containers' user: both can still watch files.
      const watch = "const w = require('node:fs').watch('/'); w.close(); process.stdout.write('watched')";
      const { uid, gid } = arena.under.backend.user;
      for (const who of isRoot ? [{}, { uid, gid }] : [{}]) {
        const { stdout, stderr } = spawnSync(locateBun(), ['-e', watch], {
          ...who,
          cwd: '/',
          encoding: 'utf8',
          env: {},
        });
        expect([stdout, stderr]).toEqual(['watched', '']);
      }
      await arena.expectUnharmed();
    });

    test.each([
      ['stdout', ['1']],
      ['stderr', ['2']],
      ['both', ['1', '2']],
    ])('output without end on %s: what nobody reads waits in the container, not in the host', async (_, words) => {
      await using container = await arena.start('flood', { words });
      await sleep(150);
      const before = process.memoryUsage().rss;
      await sleep(300);
      expect(process.memoryUsage().rss - before).toBeLessThan(16 * mebibyte);
      const waiting = [container.stdout, container.stderr].map((stream) =>
        'readableLength' in stream ? Number(stream.readableLength) : 0,
      );
      expect(Math.max(...waiting)).toBeLessThanOrEqual(256 * 1024);
      await container[Symbol.asyncDispose]();
      expect((await container.exited).kind).toBe('killed');
      await arena.expectUnharmed();
      await arena.expectNothingLeft();
    });

    test('output that nobody ever reads keeps no file of the host open', async () => {
      const before = openFiles();
      for (let index = 0; index < 6; index += 1) {
        await using _ = await arena.start('flood', { words: ['1', '2'] });
        await sleep(30);
      }
      await sleep(50);
      expect(openFiles() - before).toBeLessThan(6);
    });

    test.skipIf(!isRoot)(
      'processes: a tree that grows by itself stops at its limit, and goes with its root',
      async () => {
        await using container = await arena.start('fork-tree', { profile: spawning, limits: { processesMax: 40 } });
        container.stderr.resume();
        container.stdout.resume();
        for (let round = 0; round < 60 && ((await container.usage()).processes ?? 0) < 38; round += 1) await sleep(50);
        const { processes } = await container.usage();
        expect(processes).toBeGreaterThan(20);
        expect(processes).toBeLessThanOrEqual(40);
        await arena.expectUnharmed();
        await container[Symbol.asyncDispose]();
        await arena.expectNothingLeft();
      },
    );
  });
});

/** Of all TCP connections of the machine: proc(5), "mem" in pages. */
function connectionBytes(): number {
  return Number(/^TCP:.* mem (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1]) * 4096;
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}
