/**
 * A back end under attack: a bystander in a container of its own, a machine that is watched, and a look at what is left. The attackers are
 * the scripts in `guests/`, which Bun runs inside.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type {
  BackendName,
  ContainerExit,
  ContainerMount,
  ContainerProfile,
  ContainerSpec,
  RunningContainer,
} from '../../../quilt-adapter/containers/backend.ts';
import { identityOf } from '../../../quilt-adapter/containers/process-identity.ts';
import {
  type BackendUnderTest,
  firstLine,
  groupsOf,
  isHere,
  isRoot,
  openUnderTest,
} from '../containers/backend-under-test.ts';
import { askSocket } from './ask-socket.ts';

/** Those that isolate. */
export const isolating: readonly Exclude<BackendName, 'none'>[] = ['crun', 'runc', 'bubblewrap'];

/** Whether a back end is here; says on the console why its tests are skipped where it is not. */
export function isAttackable(name: BackendName): boolean {
  if (isHere(name)) return true;
  const reason = isRoot ? 'its program is not installed' : 'only root may start it';
  console.warn(`Skipped: the proofs of isolation with ${name}, since ${reason}`);
  return false;
}

/** What an attacker has beside its script. */
export interface AttackOptions {
  readonly words?: readonly string[];
  readonly profile?: Partial<ContainerProfile>;
  readonly limits?: Partial<ContainerSpec['limits']>;
  readonly mounts?: readonly ContainerMount[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** What an attack came to. */
export interface Attack {
  /** The line of JSON that it reported; undefined if it never did. */
  readonly found: unknown;
  readonly exit: ContainerExit;
  readonly stderr: string;
}

/** See above. Leaving the scope ends everything. */
export interface Arena extends AsyncDisposable {
  readonly under: BackendUnderTest;
  /** What nobody inside may ever see. */
  readonly secret: string;
  /** Of the machine, with the user of containers: it must not be signalled. */
  readonly victim: number;
  readonly hostPort: number;
  readonly abstractName: string;
  /** A directory of the machine that belongs to the containers' user. */
  newVolume(): string;
  start(guest: string, options?: AttackOptions): Promise<RunningContainer>;
  /** Runs a guest to its end, and then `expectUnharmed`. */
  attack(guest: string, options?: AttackOptions): Promise<Attack>;
  /** Bystander and machine go on as before. */
  expectUnharmed(): Promise<void>;
  /** Nothing of any container but the bystander is there. */
  expectNothingLeft(): Promise<void>;
}

/** Guests as files of a root directory. */
export function guestFiles(): ReadonlyMap<string, Uint8Array> {
  const home = path.join(import.meta.dirname, 'guests');
  const names = readdirSync(home).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  return new Map(names.map((name) => [`/aria/guests/${name}`, readFileSync(path.join(home, name))]));
}

/** Opens a back end, with all that is to be unharmed. */
export async function openArena(name: BackendName): Promise<Arena> {
  await using opened = new AsyncDisposableStack();
  const secret = `secret-${process.pid}-${name}`;
  process.env['ARIA_HOST_SECRET'] = secret;
  opened.defer(() => {
    delete process.env['ARIA_HOST_SECRET'];
  });
  const under = opened.use(await openUnderTest(name, guestFiles()));
  const canary = path.join(under.directory, 'canary');
  writeFileSync(canary, secret);
  const victim = startVictim(under.backend.user);
  opened.defer(() => void victim.kill('SIGKILL'));
  const host = await listen(0, secret);
  opened.defer(() => void host.close());
  const abstractName = `aria-${under.owner}-${name}`;
  const abstract = await listen(`\0${abstractName}`, secret);
  opened.defer(() => void abstract.close());
  let volumes = 0;
  const newVolume = () => {
    const volume = path.join(under.directory, `volume-${(volumes += 1)}`);
    mkdirSync(volume, { mode: 0o755 });
    chmodSync(volume, 0o755);
    if (isRoot) chownSync(volume, under.backend.user.uid, under.backend.user.gid);
    return volume;
  };
  const start: Arena['start'] = (guest, options = {}) => startGuest(under, guest, options);
  const home = newVolume();
  const bystander = opened.use(
    await start('bystander', { mounts: [{ kind: 'bind', source: home, target: '/workspace', writable: true }] }),
  );
  expect(await firstLine(bystander)).toBe('up');
  bystander.stderr.resume();
  const address = host.address();
  const stack = opened.move();
  const expectUnharmed = async () => {
    expect(await askSocket(path.join(home, 'bystander.sock'), 'how are you')).toBe('fine, 1 process, as before');
    expect(identityOf(victim.pid ?? 0)).toBeDefined();
    expect(readFileSync(canary, 'utf8')).toBe(secret);
    expect(host.listening && abstract.listening).toBe(true);
  };
  const expectNothingLeft = () => nothingLeft(under, bystander);
  return {
    under,
    secret,
    victim: victim.pid ?? 0,
    hostPort: typeof address === 'object' && address ? address.port : 0,
    abstractName,
    newVolume,
    start,
    async attack(guest, options) {
      const result = await toItsEnd(await start(guest, options));
      await expectUnharmed();
      await expectNothingLeft();
      return result;
    },
    expectUnharmed,
    expectNothingLeft,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What only checks that it ended has this much time; nothing is measured by it. */
const patienceMs = 30_000;

/** Reads a guest to its end, which is brought about if it does not come. */
export async function toItsEnd(container: RunningContainer): Promise<Attack> {
  await using _ = container;
  const late = setTimeout(() => void container.signal('KILL').catch(() => undefined), patienceMs);
  const [exit, stdout, stderr] = await Promise.all([container.exited, text(container.stdout), text(container.stderr)]);
  clearTimeout(late);
  const line = stdout.split('\n').findLast((one) => one.startsWith('{') || one.startsWith('['));
  return { exit, stderr, found: line === undefined ? undefined : JSON.parse(line) };
}

function startGuest(under: BackendUnderTest, guest: string, options: AttackOptions): Promise<RunningContainer> {
  const spec = under.spec();
  return under.backend.start({
    ...spec,
    args: ['/bin/bun', '--no-install', `/aria/guests/${guest}.ts`, ...(options.words ?? [])],
    environment: { ...spec.environment, BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0', ...options.environment },
    profile: { ...spec.profile, ...options.profile },
    limits: { ...spec.limits, ...options.limits },
    mounts: options.mounts ?? [],
  });
}

/** A process of the machine that has the very user of the containers there: what a signal that gets out would hit first. */
function startVictim({ uid, gid }: { readonly uid: number; readonly gid: number }): ChildProcess {
  return spawn('/bin/sleep', ['3600'], {
    stdio: 'ignore',
    detached: true,
    cwd: '/',
    env: {},
    ...(isRoot && { uid, gid }),
  });
}

async function listen(where: number | string, secret: string) {
  const server = createServer((socket) => socket.on('error', () => undefined).end(`${secret}\n`));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).once('listening', resolve);
    if (typeof where === 'string') server.listen(where);
    else server.listen(where, '127.0.0.1');
  });
  return server;
}

/** Removal is done when `exited` resolves, but for what the kernel gives back a moment later. */
async function nothingLeft({ owner, directory }: BackendUnderTest, bystander: RunningContainer): Promise<void> {
  for (let round = 0; round < 100 && leftOf(owner, directory, bystander).length > 0; round += 1) await sleep(20);
  expect(leftOf(owner, directory, bystander)).toEqual([]);
}

/** Processes in groups of ours, groups, files and mounts that are neither the bystander's nor of the launcher that waits. */
function leftOf(owner: string, directory: string, bystander: RunningContainer): string[] {
  const own = namespaceOf(bystander.pid);
  const host = namespaceOf(process.pid);
  const processes = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && textOf(`/proc/${pid}/cgroup`).includes(`/${owner}-${process.pid}-`))
    .filter((pid) => ![own, host, undefined].includes(namespaceOf(Number(pid))))
    .map((pid) => `process ${pid}: ${textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
  const groups = new Set(groupsOf(owner).flatMap(directoriesIn));
  const files = readdirSync(path.join(directory, 'state'), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => path.basename(entry.parentPath) === 'containers' || path.basename(entry.parentPath) === 'runtime',
    )
    .map(({ name }) => name)
    .filter((name) => name !== bystander.id && name !== '.cache');
  const mounts = textOf('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line.includes(directory));
  return [...processes, ...[...groups].slice(2).map((name) => `group ${name}`), ...files, ...mounts];
}

function directoriesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  } catch {
    return [];
  }
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
