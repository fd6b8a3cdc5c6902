/** Opens back ends for tests, in directories that go with them, and says which of them this machine has. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type {
  BackendName,
  ContainerBackend,
  ContainerExit,
  ContainerSpec,
  RunningContainer,
} from '../../../quilt-adapter/containers/backend.ts';
import { findHierarchies } from '../../../quilt-adapter/containers/control-groups.ts';
import { inspectMachine } from '../../../quilt-adapter/containers/machine.ts';
import { openBackend } from '../../../quilt-adapter/containers/open-backend.ts';
import { type RootDirectory, buildRootDirectory } from '../../../quilt-adapter/containers/root-directory.ts';

const machine = inspectMachine();
export const isRoot = machine.isRoot;

/** Whether the program is here and, for an OCI runtime, the rights; whether it works is for the test to find out. */
export function isHere(name: BackendName): boolean {
  if (name === 'none') return true;
  if (name === 'bubblewrap') return machine.find('bwrap') !== undefined;
  return isRoot && machine.find(name) !== undefined;
}

/** A back end of its own, with its root directory. */
export interface BackendUnderTest extends AsyncDisposable {
  readonly backend: ContainerBackend;
  readonly root: RootDirectory;
  readonly directory: string;
  readonly owner: string;
  spec(overrides?: Partial<ContainerSpec>): ContainerSpec;
  /** Starts Bun with a script, which sees `words` behind it. */
  start(script: string, overrides?: Partial<ContainerSpec>): Promise<RunningContainer>;
}

/** What a container came to. */
export interface Finished {
  readonly exit: ContainerExit;
  readonly stdout: string;
  readonly stderr: string;
}

export const mebibyte = 1024 * 1024;
let count = 0;

/** Opens a back end. Leaving the scope removes it and its directories. */
export async function openUnderTest(
  name: BackendName,
  files: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<BackendUnderTest> {
  const directory = mkdtempSync(path.join(tmpdir(), 'aria-containers-'));
  chmodSync(directory, 0o755);
  const owner = `test-${process.pid}`;
  const root = await buildRootDirectory({ cacheDirectory: path.join(directory, 'cache'), files });
  const stateDirectory = path.join(directory, 'state');
  const backend = await openBackend({ choice: name, allowNone: true, stateDirectory, owner });
  const spec = (overrides: Partial<ContainerSpec> = {}): ContainerSpec => ({
    id: `one-${process.pid}-${(count += 1)}`,
    args: ['/bin/bun', '--version'],
    environment: { HOME: '/tmp', BUN_JSC_forceRAMSize: String(64 * mebibyte) },
    workingDirectory: '/',
    rootDirectory: root.path,
    mounts: [],
    limits: {
      memoryBytesMax: 128 * mebibyte,
      cpusMax: 2,
      processesMax: 64,
      openFilesMax: 256,
      temporaryBytesMax: 4 * mebibyte,
    },
    profile: { network: false, spawn: false },
    ...overrides,
  });
  return {
    backend,
    root,
    directory,
    owner,
    spec,
    start: (script, overrides) => backend.start(spec({ args: ['/bin/bun', '-e', script], ...overrides })),
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Defines tests for each of these back ends; those that the machine lacks are skipped, and so counted. */
export function eachBackend(
  names: readonly BackendName[],
  define: (name: BackendName, under: () => BackendUnderTest) => void,
): void {
  for (const name of names) {
    describe.skipIf(!isHere(name))(name, () => {
      let opened: BackendUnderTest | undefined;
      beforeAll(async () => {
        opened = await openUnderTest(name);
      });
      afterAll(async () => {
        await opened?.[Symbol.asyncDispose]();
        expect(groupsOf(opened?.owner ?? '')).toEqual([]);
      });
      define(name, () => {
        if (!opened) throw new Error('not open');
        return opened;
      });
    });
  }
}

/** What of a container is still in the state directory. */
export function leftOf({ directory }: BackendUnderTest, id: string): string[] {
  return readdirSync(path.join(directory, 'state'), { recursive: true })
    .map(String)
    .filter((name) => name.includes(id));
}

/** A script that says that it runs, and goes on. */
export const wait = 'console.log("up"); setInterval(() => {}, 1000);';

/** Reads a container to its end. */
export async function finish(container: RunningContainer): Promise<Finished> {
  const [exit, stdout, stderr] = await Promise.all([container.exited, text(container.stdout), text(container.stderr)]);
  return { exit, stdout, stderr };
}

/** Waits for the first line of output. */
export async function firstLine(container: RunningContainer): Promise<string> {
  let seen = '';
  for await (const chunk of container.stdout) {
    seen += String(chunk);
    if (seen.includes('\n')) break;
  }
  return seen.split('\n', 1)[0] ?? '';
}

/** Control groups of an owner that are there now, in any hierarchy. */
export function groupsOf(owner: string): string[] {
  return findHierarchies().mounts.flatMap(({ directory }) => {
    const home = path.join(directory, 'aria');
    const names = existsSync(home) ? readdirSync(home) : [];
    return names.filter((name) => name.startsWith(`${owner}-`)).map((name) => path.join(home, name));
  });
}

/** Processes of the machine whose command line holds a word. */
export function processesWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => commandLine(name).includes(word))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
