/** What a container sees of the machine: nothing but itself. One attacker for each back end looks at everything; each test is one fact of what it found. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isRoot } from '../containers/backend-under-test.ts';
import { type Arena, isAttackable, isolating, openArena } from './arena.ts';

/** As `guests/look-around.ts` reports. */
interface Found {
  readonly status: Readonly<Record<string, string>>;
  readonly pid: number;
  readonly host: string;
  readonly namespaces: Readonly<Record<string, string>>;
  readonly files: readonly (readonly [number, string])[];
  readonly processes: readonly string[];
  readonly devices: readonly string[];
  readonly system: unknown;
  readonly groups: readonly string[];
  readonly limits: string;
  readonly mounts: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly masked: readonly string[];
  readonly network: readonly string[];
  readonly sockets: readonly string[];
  readonly leaks: readonly string[];
  readonly writable: readonly string[];
  readonly open: readonly string[];
  readonly ways: readonly (readonly [string, string, string])[];
  readonly direct: string;
  readonly homes: readonly string[];
  readonly suid: readonly string[];
  readonly root: readonly string[];
}

describe.each(isolating)('%s', (name) => {
  describe.skipIf(!isAttackable(name))('shows of the machine', () => {
    let arena: Arena;
    let found: Found;
    let canary = '';
    beforeAll(async () => {
      arena = await openArena(name);
      canary = path.join(arena.under.directory, 'canary');
      const attack = await arena.attack('look-around', { words: [canary, arena.secret] });
      expect(attack.exit).toMatchObject({ kind: 'exited', exitCode: 0 });
      found = attack.found as Found;
    });
    afterAll(() => arena[Symbol.asyncDispose]());

    test('no namespace but time, whose clocks nobody may set', () => {
      for (const kind of ['pid', 'mnt', 'uts', 'ipc', 'net', 'user', 'cgroup', 'pid_for_children'])
        expect([kind, found.namespaces[kind]]).not.toEqual([kind, readlinkSync(`/proc/self/ns/${kind}`)]);
      expect([found.pid, found.processes]).toEqual([1, ['1']]);
      expect(found.host).not.toBe(os.hostname());
    });

    test('no right: no capability, no way to a new one, a filter, no group', () => {
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        expect(found.status[set]).toBe('0'.repeat(16));
      expect([found.status['NoNewPrivs'], found.status['Seccomp'], found.status['Groups']]).toEqual(['1', '2', '']);
      expect(found.status['Uid']).toBe('1000\t1000\t1000\t1000');
      expect(found.suid).toEqual([]);
    });

    test('no file of its own that is open: nothing but the three streams and what Bun has made itself', () => {
      const given = found.files.filter(
        ([, target]) => /^(\/|pipe:|socket:)/.test(target) && !target.startsWith('/proc/1/'),
      );
      // Where the host has inherited a file, there is nothing in its place.
      expect(given.filter(([number, target]) => number > 2 && target !== '/dev/null')).toEqual([]);
      for (const [number, target] of given)
        expect([number, target]).toEqual([number, expect.stringMatching(/^(\/dev\/null|pipe:|socket:)/)]);
    });

    test('no file that the host itself was given when it was started', () => {
      const script = path.join(import.meta.dirname, 'inheriting-host-child.ts');
      const file = openSync(canary, 'r');
      const { stdout } = spawnSync(process.execPath, [script, name, arena.under.root.path], {
        stdio: ['ignore', 'pipe', 'inherit', file, 'ignore', file],
        encoding: 'utf8',
      });
      closeSync(file);
      const files = JSON.parse(stdout) as Found['files'];
      expect(files.length).toBeGreaterThan(2);
      expect(files.filter(([, target]) => target.includes('canary'))).toEqual([]);
    });

    test('no file, by whichever way, and no secret anywhere below /proc', () => {
      expect(found.direct).toBe('ENOENT');
      for (const [way, root, secret] of found.ways) {
        expect([way, secret]).toEqual([way, 'ENOENT']);
        if (!way.endsWith('cwd')) expect([way, root]).toEqual([way, found.root.join(' ')]);
      }
      expect(found.root).toEqual(readdirSync(arena.under.root.path).toSorted());
      expect([found.homes, found.leaks]).toEqual([[], []]);
    });

    test('no variable of its environment', () => {
      expect(JSON.stringify(found.environment)).not.toContain(arena.secret);
      expect(
        Object.keys(found.environment)
          .filter((key) => process.env[key] !== undefined)
          .toSorted(),
      ).toEqual(
        ['HOME', 'PWD', 'OLDPWD', 'SHLVL', '_']
          .filter((key) => found.environment[key] !== undefined && process.env[key] !== undefined)
          .toSorted(),
      );
    });

    test('no symbol, key, memory or log of its kernel, no /sys, and no control group by name', () => {
      expect(found.masked).toEqual([]);
      expect(found.system).toBe('ENOENT');
      expect([...new Set(found.groups)]).toEqual(['/']);
    });

    test('no device but those that make and swallow bytes', () => {
      const harmless = [
        'core',
        'fd',
        'full',
        'null',
        'ptmx',
        'random',
        'stderr',
        'stdin',
        'stdout',
        'tty',
        'urandom',
        'zero',
      ];
      expect(found.devices.filter((device) => !harmless.includes(device))).toEqual([]);
    });

    test('no network but a loopback, and no socket', () => {
      expect(found.network.filter((device) => device !== 'lo')).toEqual([]);
      expect(found.sockets).toEqual([]);
    });

    test('nothing to write: /tmp is the one open place, and no switch in /proc takes a word', () => {
      expect(found.open).toEqual(['/tmp']);
      expect(found.writable).toEqual([]);
      for (const line of found.mounts.split('\n').filter(Boolean)) {
        const [, , , , target = '', options = ''] = line.split(' ');
        if (/^\/(dev\/(null|zero|full|random|urandom|tty)|proc(\/.*)?|tmp)$/.test(target)) continue;
        expect([target, options]).toEqual([target, expect.stringMatching(/^ro\b/)]);
      }
    });

    test('no core dump, and no more files than it was given', () => {
      expect(/^Max core file size\s+(\S+)\s+(\S+)/m.exec(found.limits)?.slice(1)).toEqual([
        expect.stringMatching(/^[01]$/),
        expect.stringMatching(/^[01]$/),
      ]);
      expect(/^Max open files\s+(\S+)\s+(\S+)/m.exec(found.limits)?.slice(1)).toEqual(['256', '256']);
    });

    test.skipIf(!isRoot)('not its root: the user of the container is nobody outside', () => {
      expect(arena.under.backend.user.uid).toBeGreaterThanOrEqual(100_000);
    });
  });
});
