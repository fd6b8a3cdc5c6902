/** Control groups of both versions over plain directories: which files, which words. Against the kernel only what the machine has is tested (backends.test.ts). */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findHierarchies, openControlGroups } from '../../../quilt-adapter/containers/control-groups.ts';
import { exitOf } from '../../../quilt-adapter/containers/running-container.ts';

let top = '';
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'aria-groups-'));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const wanted = {
  memoryBytesMax: 67_108_864,
  cpusMax: 0.5,
  processesMax: 32,
  openFilesMax: 64,
  temporaryBytesMax: 4096,
};
const line = (directory: string, kind: string, options: string) =>
  `30 20 0:30 / ${directory} rw,relatime shared:9 - ${kind} ${kind} rw,${options}`;
const put = (file: string, text: string) => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const get = (...parts: string[]) => readFileSync(path.join(top, ...parts), 'utf8');

function v1(): string {
  return ['memory', 'pids', 'cpu,cpuacct', 'blkio', 'devices']
    .map((controllers) => line(path.join(top, controllers), 'cgroup', controllers))
    .join('\n');
}

test('v1: a group is made in each hierarchy that is used, limits are written, and all of it goes', () => {
  const hierarchies = findHierarchies(v1());
  expect([hierarchies.version, hierarchies.hybridMount]).toEqual(['v1', undefined]);
  const groups = openControlGroups(hierarchies, 'aria/one');
  const group = groups?.create('c1');
  put(path.join(top, 'memory/aria/one/c1/memory.memsw.limit_in_bytes'), '');
  group?.limit(wanted);
  expect(get('memory/aria/one/c1/memory.limit_in_bytes')).toBe('67108864');
  expect(get('memory/aria/one/c1/memory.memsw.limit_in_bytes')).toBe('67108864');
  expect(get('pids/aria/one/c1/pids.max')).toBe('32');
  expect([get('cpu,cpuacct/aria/one/c1/cpu.cfs_period_us'), get('cpu,cpuacct/aria/one/c1/cpu.cfs_quota_us')]).toEqual([
    '100000',
    '50000',
  ]);
  expect(group?.memberFiles.map((file) => path.relative(top, file))).toEqual([
    'memory/aria/one/c1/cgroup.procs',
    'pids/aria/one/c1/cgroup.procs',
    'cpu,cpuacct/aria/one/c1/cgroup.procs',
    'blkio/aria/one/c1/cgroup.procs',
  ]);
  expect(group?.path).toBe('/aria/one/c1');
});

test('v1: causes and figures are read from where the kernel tells them', () => {
  const groups = openControlGroups(findHierarchies(v1()), 'aria/one');
  const group = groups?.create('c1');
  const at = (controller: string, name: string) => path.join(top, controller, 'aria/one/c1', name);
  put(at('memory', 'memory.oom_control'), 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n');
  put(at('pids', 'pids.events'), 'max 7\n');
  put(at('cpu,cpuacct', 'cpuacct.usage'), '12500000\n');
  put(at('memory', 'memory.usage_in_bytes'), '4096\n');
  put(at('memory', 'memory.max_usage_in_bytes'), '8192\n');
  put(at('pids', 'pids.current'), '3\n');
  put(at('blkio', 'blkio.throttle.io_service_bytes'), '8:0 Read 10\n8:0 Write 20\n8:16 Read 5\nTotal 35\n');
  put(at('memory', 'cgroup.procs'), '5\n6\n');
  put(at('pids', 'cgroup.procs'), '6\n');
  expect(group?.events()).toEqual({ memoryKills: 2, processRefusals: 7 });
  expect(group?.usage()).toEqual({
    cpuMs: 12.5,
    memoryBytes: 4096,
    memoryBytesPeak: 8192,
    processes: 3,
    readBytes: 15,
    writtenBytes: 20,
  });
  expect(group?.members().toSorted()).toEqual([5, 6]);
});

test('v2: controllers are switched on at every level, limits are written, swap is none', () => {
  put(path.join(top, 'cgroup.controllers'), 'cpuset cpu memory hugetlb pids\n');
  const hierarchies = findHierarchies(line(top, 'cgroup2', 'nsdelegate'));
  expect([hierarchies.version, hierarchies.seen]).toEqual(['v2', `v2 at ${top}`]);
  const groups = openControlGroups(hierarchies, 'aria/one');
  expect(get('aria/cgroup.subtree_control')).toBe('+memory +pids +cpu');
  expect(get('aria/one/cgroup.subtree_control')).toBe('+memory +pids +cpu');
  const group = groups?.create('c1');
  put(path.join(top, 'aria/one/c1/memory.swap.max'), '');
  group?.limit(wanted);
  expect([get('aria/one/c1/memory.max'), get('aria/one/c1/memory.swap.max')]).toEqual(['67108864', '0']);
  expect([get('aria/one/c1/pids.max'), get('aria/one/c1/cpu.max')]).toEqual(['32', '50000 100000']);
  expect(groups?.list()).toEqual(['c1']);
});

test('v2: a level on which everything is on is not written to again, since the kernel refuses that where processes are', () => {
  put(path.join(top, 'cgroup.controllers'), 'cpu io memory pids\n');
  put(path.join(top, 'cgroup.subtree_control'), 'cpu io memory pids\n');
  openControlGroups(findHierarchies(line(top, 'cgroup2', '')), 'aria/one');
  expect(get('cgroup.subtree_control')).toBe('cpu io memory pids\n');
});

test('v2: causes and figures are read from where the kernel tells them', () => {
  put(path.join(top, 'cgroup.controllers'), 'cpu io memory pids\n');
  const group = openControlGroups(findHierarchies(line(top, 'cgroup2', '')), 'aria/one')?.create('c1');
  const at = (name: string) => path.join(top, 'aria/one/c1', name);
  put(at('memory.events'), 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\n');
  put(at('pids.events'), 'max 4\n');
  put(at('cpu.stat'), 'usage_usec 2500\nuser_usec 2000\n');
  put(at('memory.current'), '100\n');
  put(at('memory.peak'), '200\n');
  put(at('pids.current'), '2\n');
  put(at('io.stat'), '8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=0\n');
  put(at('cgroup.procs'), '11\n');
  put(at('nested/cgroup.procs'), '12\n');
  put(at('cgroup.kill'), '');
  expect(group?.events()).toEqual({ memoryKills: 1, processRefusals: 4 });
  expect(group?.usage()).toEqual({
    cpuMs: 2.5,
    memoryBytes: 100,
    memoryBytesPeak: 200,
    processes: 2,
    readBytes: 11,
    writtenBytes: 22,
  });
  expect(group?.members()).toEqual([11, 12]);
});

test('a group that is gone has no figures, no causes and no members, and is removed already', () => {
  const group = openControlGroups(findHierarchies(v1()), 'aria/one')?.adopt('none');
  expect(group?.events()).toEqual({ memoryKills: 0, processRefusals: 0 });
  expect(Object.values(group?.usage() ?? {}).every((value) => value === undefined)).toBe(true);
  expect([group?.members(), group?.kill(), group?.remove()]).toEqual([[], true, true]);
});

test('closing removes the groups and their parents, if nobody else is in there', () => {
  const hierarchies = findHierarchies(v1());
  const [one, two] = [openControlGroups(hierarchies, 'aria/one'), openControlGroups(hierarchies, 'aria/two')];
  one?.create('c1');
  one?.[Symbol.dispose]();
  expect(readdirSync(path.join(top, 'memory/aria'))).toEqual(['two']);
  two?.[Symbol.dispose]();
  expect(existsSync(path.join(top, 'memory/aria'))).toBe(false);
});

test('a machine of both versions is used by the first, and what crun must not see is named', () => {
  const unified = path.join(top, 'unified');
  put(path.join(unified, 'cgroup.controllers'), 'hugetlb\n');
  const hierarchies = findHierarchies(`${v1()}\n${line(unified, 'cgroup2', '')}`);
  expect([hierarchies.version, hierarchies.hybridMount]).toEqual(['v1', unified]);
  // What runc makes there, too, goes with the rest.
  mkdirSync(path.join(unified, 'aria/one/c1'), { recursive: true });
  const groups = openControlGroups(hierarchies, 'aria/one');
  expect(groups?.list()).toEqual(['c1']);
  expect(groups?.directories).toContain(path.join(unified, 'aria/one'));
  groups?.[Symbol.dispose]();
  expect(readdirSync(unified)).toEqual(['cgroup.controllers']);
  writeFileSync(path.join(unified, 'cgroup.controllers'), '\n');
  expect(findHierarchies(`${v1()}\n${line(unified, 'cgroup2', '')}`).hybridMount).toBeUndefined();
});

test('a machine without the controllers has no control groups, and says which are missing', () => {
  put(path.join(top, 'cgroup.controllers'), 'cpu\n');
  const hierarchies = findHierarchies(line(top, 'cgroup2', ''));
  expect([hierarchies.version, hierarchies.seen]).toEqual(['none', `v2 at ${top} without memory, pids`]);
  expect(openControlGroups(hierarchies, 'aria/one')).toBeUndefined();
  expect(findHierarchies('').version).toBe('none');
});

test.each([
  ['a status', { code: 3 }, { kind: 'exited', exitCode: 3, signal: undefined, cause: 'exit status 3' }],
  [
    'a shell status',
    { code: 139 },
    { kind: 'signal', exitCode: undefined, signal: 'SIGSEGV', cause: 'SIGSEGV (exit status 139)' },
  ],
  ['a status above all signals', { code: 255 }, { kind: 'exited', exitCode: 255 }],
  ['a signal', { signal: 'SIGTERM' as const }, { kind: 'signal', signal: 'SIGTERM', cause: 'SIGTERM' }],
  ['our own kill', { code: 137, killed: true }, { kind: 'killed', signal: 'SIGKILL' }],
  ['an exit of its own while we killed', { code: 0, killed: true }, { kind: 'exited', exitCode: 0 }],
  [
    'the memory limit',
    { code: 137, memoryKills: 1 },
    { kind: 'memory', cause: 'SIGKILL (exit status 137), oom_kill 1' },
  ],
  ['a child that the memory limit ended, and a good end', { code: 0, memoryKills: 1 }, { kind: 'exited' }],
  ['the process limit', { code: 132, processRefusals: 2 }, { kind: 'processes', signal: 'SIGILL' }],
  ['the process limit, as an exception', { code: 1, processRefusals: 2 }, { kind: 'processes', exitCode: 1 }],
  ['a runtime that failed', { code: 1, failure: 'no such file' }, { kind: 'failed-to-start', cause: 'no such file' }],
])('%s is told as what it is', (_, given, expected) => {
  const {
    code = null,
    signal = null,
    killed = false,
    failure,
    memoryKills = 0,
    processRefusals = 0,
  } = given as {
    code?: number;
    signal?: NodeJS.Signals;
    killed?: boolean;
    failure?: string;
    memoryKills?: number;
    processRefusals?: number;
  };
  expect(exitOf({ code, signal, killed, failure, events: { memoryKills, processRefusals } })).toMatchObject(expected);
});
