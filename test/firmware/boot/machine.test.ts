import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readControlGroups } from '../../../firmware/boot/control-groups.ts';
import { type MachineReport, machineText, readMachine, requireMachine } from '../../../firmware/boot/machine.ts';

const mebibyte = 2 ** 20;
const unified = '30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aria-machine-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A machine's `proc`, `sys` and `dev`, as far as a test needs them. */
function machine(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

describe('control groups of version 2', () => {
  test('the smallest limit of our group and those around it counts', async () => {
    machine({
      'proc/self/mountinfo': unified,
      'proc/self/cgroup': '0::/system.slice/aria.service\n',
      'sys/fs/cgroup/system.slice/aria.service/memory.max': `${800 * mebibyte}\n`,
      'sys/fs/cgroup/system.slice/memory.max': `${512 * mebibyte}\n`,
      'sys/fs/cgroup/system.slice/aria.service/cpu.max': '150000 100000\n',
      'sys/fs/cgroup/system.slice/cpu.max': 'max 100000\n',
    });
    expect(await readControlGroups(root)).toMatchObject({ version: 2, memoryBytesMax: 512 * mebibyte, coresMax: 1.5 });
  });

  test('"max" is no limit', async () => {
    machine({
      'proc/self/mountinfo': unified,
      'proc/self/cgroup': '0::/a\n',
      'sys/fs/cgroup/a/memory.max': 'max\n',
      'sys/fs/cgroup/a/cpu.max': 'max 100000\n',
    });
    expect(await readControlGroups(root)).toEqual({
      version: 2,
      memoryBytesMax: undefined,
      coresMax: undefined,
      delegated: false,
    });
  });

  test('a container that sees the path of the machine is limited by what is mounted', async () => {
    machine({
      'proc/self/mountinfo': unified.replace('0:26 / ', '0:26 /../../docker/abc '),
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/memory.max': `${64 * mebibyte}\n`,
    });
    expect((await readControlGroups(root)).memoryBytesMax).toBe(64 * mebibyte);
  });

  test('a group that this process may write and that has the controllers is delegated', async () => {
    machine({
      'proc/self/mountinfo': unified,
      'proc/self/cgroup': '0::/user.slice\n',
      'sys/fs/cgroup/user.slice/cgroup.subtree_control': '',
      'sys/fs/cgroup/user.slice/cgroup.controllers': 'cpuset cpu io memory pids\n',
    });
    expect((await readControlGroups(root)).delegated).toBe(true);
    machine({ 'sys/fs/cgroup/user.slice/cgroup.controllers': 'memory pids\n' });
    expect((await readControlGroups(root)).delegated).toBe(false);
  });
});

describe('control groups of version 1', () => {
  const mounts =
    '33 24 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n34 24 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n';

  test('limits are those of the hierarchy of each controller', async () => {
    machine({
      'proc/self/mountinfo': mounts,
      'proc/self/cgroup': '5:cpu,cpuacct:/b\n4:memory:/docker/a\n',
      'sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes': `${300 * mebibyte}\n`,
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/fs/cgroup/cpu,cpuacct/b/cpu.cfs_quota_us': '50000\n',
      'sys/fs/cgroup/cpu,cpuacct/b/cpu.cfs_period_us': '100000\n',
    });
    expect(await readControlGroups(root)).toEqual({
      version: 1,
      memoryBytesMax: 300 * mebibyte,
      coresMax: 0.5,
      delegated: false,
    });
  });

  test('no quota and the largest number are no limits', async () => {
    machine({
      'proc/self/mountinfo': mounts,
      'proc/self/cgroup': '5:cpu,cpuacct:/\n4:memory:/\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    });
    expect(await readControlGroups(root)).toMatchObject({ memoryBytesMax: undefined, coresMax: undefined });
  });

  test('a container whose part alone is mounted is limited by it', async () => {
    machine({
      'proc/self/mountinfo': mounts.replace('0:28 / ', '0:28 /docker/a '),
      'proc/self/cgroup': '4:memory:/docker/a\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': `${100 * mebibyte}\n`,
    });
    expect((await readControlGroups(root)).memoryBytesMax).toBe(100 * mebibyte);
  });

  test('beside an empty hierarchy of version 2 those of version 1 count', async () => {
    machine({
      'proc/self/mountinfo': `${mounts}${unified.replace('/sys/fs/cgroup', '/sys/fs/cgroup/unified')}`,
      'proc/self/cgroup': '4:memory:/a\n0::/a\n',
      'sys/fs/cgroup/memory/a/memory.limit_in_bytes': `${mebibyte}\n`,
    });
    expect(await readControlGroups(root)).toMatchObject({ version: 1, memoryBytesMax: mebibyte });
  });
});

describe('the machine', () => {
  test('without proc, sys and dev nothing is limited and nothing fails', async () => {
    const found = await readMachine({ home: join(root, 'none/deeper'), engines: ['v8'], root: join(root, 'nothing') });
    expect(found).toMatchObject({
      memoryBytes: totalmem(),
      descriptorsMax: undefined,
      graphics: [],
      controlGroups: { version: 0 },
    });
    expect(found.diskFreeBytes).toBeGreaterThan(0);
  });

  test('the limits of the control groups are what this process has', async () => {
    machine({
      'proc/meminfo': 'MemTotal:        4096000 kB\nMemFree: 1 kB\n',
      'proc/self/mountinfo': unified,
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/memory.max': `${300 * mebibyte}`,
      'sys/fs/cgroup/cpu.max': '50000 100000',
      'proc/self/limits':
        'Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 524288               files\n',
      'dev/dri/renderD128': '',
      'dev/dri/card0': '',
      'dev/nvidia0': '',
      'dev/nvidiactl': '',
    });
    const found = await readMachine({ home: root, engines: ['wasmtime', 'v8'], root });
    expect(found).toMatchObject({
      cores: 0.5,
      memoryBytes: 300 * mebibyte,
      descriptorsMax: 1024,
      graphics: ['/dev/dri/renderD128', '/dev/nvidia0'],
      engines: ['wasmtime', 'v8'],
    });
    expect(machineText(found)).toMatch(
      /0\.5 cores; 300 MiB of memory; \d+ MiB of disk left; 1024 open files; control groups 2.*; \/dev\/dri\/renderD128 \/dev\/nvidia0; engines wasmtime, v8$/,
    );
  });

  test('this very machine is read as the system itself says', async () => {
    const { memoryBytes } = await readMachine({ home: root, engines: ['v8'] });
    const constrained = process.constrainedMemory();
    expect(memoryBytes).toBeLessThanOrEqual(constrained > 0 ? Math.min(constrained, totalmem()) : totalmem());
  });
});

describe('the minimum', () => {
  const found: MachineReport = {
    architecture: 'x64',
    cores: 1,
    memoryBytes: 256 * mebibyte,
    diskFreeBytes: 512 * mebibyte,
    descriptorsMax: 1024,
    graphics: [],
    controlGroups: { version: 0, memoryBytesMax: undefined, coresMax: undefined, delegated: false },
    engines: ['v8'],
  };

  test('what is exactly enough is enough', () => {
    expect(() =>
      requireMachine(found, { memoryBytes: 256 * mebibyte, diskBytes: 512 * mebibyte, engine: 'auto' }),
    ).not.toThrow();
  });

  test('a byte less is refused with every reason and what to do about each', () => {
    const minimum = { memoryBytes: 256 * mebibyte + 1, diskBytes: 512 * mebibyte + 1, engine: 'wasmtime' };
    expect(() => requireMachine(found, minimum)).toThrow(
      expect.objectContaining({
        code: 'BOOT_FAILED',
        message: expect.stringMatching(/256 MiB of memory.*; its disk has 512 MiB left.*; it has no engine "wasmtime"/),
        wire: expect.objectContaining({
          remedy: expect.stringMatching(/minimum\.memory_bytes.*minimum\.disk_bytes.*host\.engine/),
        }),
      }),
    );
  });
});
