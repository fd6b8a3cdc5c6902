/** Which back end is chosen, what a probe says, and what an ordinary user gets. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backendNames } from '../../../quilt-adapter/containers/backend.ts';
import { inspectMachine } from '../../../quilt-adapter/containers/machine.ts';
import { openBackend } from '../../../quilt-adapter/containers/open-backend.ts';
import { probeProgram, probeStatus } from '../../../quilt-adapter/containers/probe-program.ts';
import { probeBackend, probeBackends } from '../../../quilt-adapter/containers/probe.ts';
import { isSyscallArchitecture } from '../../../quilt-adapter/containers/syscalls.ts';
import { groupsOf, isHere, isRoot } from './backend-under-test.ts';

let top = '';
const owner = `open-${process.pid}`;
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'aria-open-'));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

/** A machine on which only these programs are installed. */
function machineWith(...programs: readonly string[]) {
  const directory = path.join(top, 'programs');
  mkdirSync(directory, { recursive: true });
  const all = inspectMachine();
  for (const name of [...programs, 'unshare', 'mount', 'umount', 'setpriv', 'mkdir', 'rm', 'rmdir', 'sleep']) {
    const file = all.find(name);
    if (file !== undefined) symlinkSync(file, path.join(directory, name));
  }
  return inspectMachine([directory]);
}
const options = (...programs: readonly string[]) => ({
  stateDirectory: path.join(top, 'state'),
  owner,
  machine: machineWith(...programs),
});

test('a probe says for each back end what was looked at, and what to do where something is missing, and leaves nothing', async () => {
  const probes = await probeBackends(options());
  expect(probes.map(({ name }) => name)).toEqual([...backendNames]);
  for (const { name, usable, findings } of probes) {
    expect(usable).toBe(name === 'none');
    for (const { ok, remedy, seen, what } of findings) {
      expect(ok).toBe(remedy === undefined);
      expect(seen.length * what.length).toBeGreaterThan(0);
    }
  }
  expect(groupsOf(owner)).toEqual([]);
  expect(readdirSync(top)).toEqual(['programs']);
});

test.skipIf(!isHere('crun') || !isHere('bubblewrap'))(
  'the best that works is chosen, and the next where it is missing',
  async () => {
    for (const [programs, expected] of [
      [['crun', 'runc', 'bwrap'], 'crun'],
      [['bwrap'], 'bubblewrap'],
    ] as const) {
      rmSync(path.join(top, 'programs'), { recursive: true, force: true });
      await using backend = await openBackend({ ...options(...programs), choice: 'auto', allowNone: false });
      expect(backend.name).toBe(expected);
      expect(backend.probe.findings.every(({ ok }) => ok)).toBe(true);
    }
    expect(groupsOf(owner)).toEqual([]);
  },
);

test('none is refused unless it is allowed, asked for or not', async () => {
  for (const choice of ['auto', 'none'] as const) {
    rmSync(path.join(top, 'programs'), { recursive: true, force: true });
    const without = options();
    await expect(openBackend({ ...without, choice, allowNone: false })).rejects.toMatchObject({
      code: 'CONTAINERS_UNAVAILABLE',
    });
    await using backend = await openBackend({ ...without, choice, allowNone: true });
    expect(backend.name).toBe('none');
  }
});

test('a runtime that is broken is found out by starting a container, and its words are told', async () => {
  const machine = machineWith();
  const file = path.join(top, 'programs', 'crun');
  writeFileSync(file, '#!/bin/sh\necho "crun version 9.9"; [ "$1" = --version ] || { echo broken >&2; exit 1; }\n');
  chmodSync(file, 0o755);
  const probe = await probeBackend('crun', { stateDirectory: path.join(top, 'state'), owner, machine });
  expect(probe).toMatchObject({ usable: false, version: '9.9' });
  if (isRoot) expect(probe.findings.at(-1)?.seen).toContain('broken');
});

test('owner and group names that are none are refused', async () => {
  const plain = options();
  for (const name of ['', '../x', 'A', 'a b'])
    await expect(openBackend({ ...plain, owner: name, choice: 'none', allowNone: true })).rejects.toMatchObject({
      code: 'CONTAINER_SPEC_INVALID',
    });
});

test("the probe's program ends with its own status, and nothing else", () => {
  if (!isSyscallArchitecture(process.arch)) return;
  const file = path.join(top, 'probe');
  writeFileSync(file, probeProgram(process.arch), { mode: 0o755 });
  expect(spawnSync(file, { env: {} }).status).toBe(probeStatus);
});

const setpriv = inspectMachine().find('setpriv');
describe.skipIf(!isRoot || setpriv === undefined || !isHere('bubblewrap'))('as an ordinary user', () => {
  test('crun and runc say that they want root; bubblewrap works, and says that nobody limits', () => {
    chmodSync(top, 0o777);
    const script = path.join(import.meta.dirname, 'ordinary-user.ts');
    const home = path.join(top, 'ordinary');
    const words = ['--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath, script, home];
    const seen = JSON.parse(execFileSync(setpriv ?? '', words, { encoding: 'utf8' })) as {
      usable: Record<string, boolean>;
      groups: string;
      status: string[];
      exit: unknown;
      left: string[];
    };
    expect(seen.usable).toEqual({ crun: false, runc: false, bubblewrap: true, none: true });
    expect(seen.groups).toBe('none');
    expect(seen.status).toEqual(['1000', '0000000000000000', '1', '2']);
    expect(seen.exit).toEqual({ kind: 'exited', exitCode: 0, cause: 'exit status 0' });
    expect(seen.left).toEqual([]);
  });
});
