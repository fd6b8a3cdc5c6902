/** A host that is killed leaves nothing: its keeper ends the containers at once; and where that is killed, too, the next host does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackendName, backendNames } from '../../../quilt-adapter/containers/backend.ts';
import { openBackend } from '../../../quilt-adapter/containers/open-backend.ts';
import { identityOf } from '../../../quilt-adapter/containers/process-identity.ts';
import { buildRootDirectory } from '../../../quilt-adapter/containers/root-directory.ts';
import { groupsOf, isHere, isRoot, processesWith } from './backend-under-test.ts';

const script = path.join(import.meta.dirname, 'host-process.ts');
let directory = '';
let root = '';
/** Of another owner, in the same state directory. */
let other: Host | undefined;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'aria-orphans-'));
  root = (await buildRootDirectory({ cacheDirectory: path.join(directory, 'cache') })).path;
  other = await startHost('none', 1);
});
afterAll(async () => {
  await other?.kill();
  await settle(() => other?.pids.some(isRunning) === true);
  rmSync(directory, { recursive: true, force: true });
});

for (const name of backendNames) {
  describe.skipIf(!isHere(name))(name, () => {
    test('kill -9 of the host ends its containers, and removes groups and files, before anybody starts again', async () => {
      const host = await startHost(name, 3);
      expect(host.pids.map(isRunning)).toEqual([true, true, true]);
      await host.kill();
      await settle(() => host.pids.some(isRunning) || groupsOf(host.owner).length > 0 || host.left().length > 0);
      expect([host.pids.map(isRunning), groupsOf(host.owner), host.left()]).toEqual([[false, false, false], [], []]);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(directory);
    });

    test('the next host of the same owner removes what a host and its keeper have left, and nothing of another owner', async () => {
      const host = await startHost(name, 2);
      for (const pid of processesWith('aria-keeper').filter((one) => commandLine(one).includes(`${host.owner}-`)))
        process.kill(pid, 'SIGKILL');
      await host.kill();
      // bubblewrap dies with its parent; what the others started lives on.
      if (name !== 'bubblewrap') expect(host.pids.map(isRunning)).toEqual([true, true]);
      await using backend = await openBackend({
        choice: name,
        allowNone: true,
        stateDirectory: host.state,
        owner: host.owner,
      });
      const removed = await backend.removeOrphans();
      if (name !== 'bubblewrap') expect(removed.containers).toBe(2);
      expect(removed.findings.length).toBe(1);
      await settle(() => host.pids.some(isRunning));
      expect(host.pids.map(isRunning)).toEqual([false, false]);
      expect(host.left().length).toBe(1);
      expect(await backend.removeOrphans()).toEqual({ containers: 0, findings: [] });
      expect(other?.pids.map(isRunning)).toEqual([true]);
    });
  });
}

describe.skipIf(!isHere('none'))('a living host', () => {
  test('is not an orphan for another one of the same owner', async () => {
    const host = await startHost('none', 1);
    await using backend = await openBackend({
      choice: 'none',
      allowNone: true,
      stateDirectory: host.state,
      owner: host.owner,
    });
    expect(await backend.removeOrphans()).toEqual({ containers: 0, findings: [] });
    expect(host.pids.map(isRunning)).toEqual([true]);
    await host.kill();
  });
});

describe.skipIf(!isRoot || !isHere('crun'))('control groups without a state directory', () => {
  test('are removed by their names alone', async () => {
    const host = await startHost('crun', 1);
    for (const pid of processesWith('aria-keeper').filter((one) => commandLine(one).includes(`${host.owner}-`)))
      process.kill(pid, 'SIGKILL');
    await host.kill();
    for (const one of host.left()) rmSync(path.join(host.state, one), { recursive: true });
    await using backend = await openBackend({
      choice: 'crun',
      allowNone: false,
      stateDirectory: host.state,
      owner: host.owner,
    });
    expect((await backend.removeOrphans()).containers).toBe(1);
    await settle(() => host.pids.some(isRunning));
    expect(groupsOf(host.owner).filter((group) => !group.includes(`-${process.pid}-`))).toEqual([]);
  });
});

interface Host {
  readonly owner: string;
  readonly state: string;
  readonly pids: readonly number[];
  /** Its owner's instances in the state directory. */
  left(): string[];
  kill(): Promise<void>;
}

let count = 0;

async function startHost(name: BackendName, containers: number): Promise<Host> {
  const owner = `orphan${process.pid}x${(count += 1)}`;
  const state = path.join(directory, 'state');
  const child = spawn(process.execPath, [script, name, state, owner, root, String(containers)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const left = () => (existsSync(state) ? readdirSync(state) : []).filter((one) => one.startsWith(`${owner}-`));
  return { owner, state, left, pids: JSON.parse(await firstLineOf(child)) as number[], kill: () => killed(child) };
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function firstLineOf({ stdout }: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text;
}

function isRunning(pid: number): boolean {
  return identityOf(pid) !== undefined;
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Waits for a state that comes by itself; the assertion behind says what is missing. */
async function settle(isLeft: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && isLeft(); round += 1) await sleep(20);
}
