/** What containers of tools are compared with: Bun as it is, in bubblewrap alone, and by podman. Each prints one line and ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { LeftOut } from '../harness.ts';

/** Of the root directory. */
export const answerFile = '/workspace/answer.js';
/** What the tool of the benchmarks does, in a process of its own. */
export const answerScript = `
const { numbers } = JSON.parse(process.argv[2]);
console.log(JSON.stringify({ result: numbers.reduce((sum, each) => sum + each, 0) }));
`;
const argument = '{"numbers":[1,2,3]}';
const answer = '{"result":6}';

/** One way to run the script. */
export interface SandboxedBun extends AsyncDisposable {
  readonly start: () => { readonly answered: Promise<void>; readonly ended: Promise<void> };
}

/** The program of this project. */
export const bunFile = join(
  import.meta.dirname,
  `../../node_modules/@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`,
);

/** Bun without any sandbox: the floor. */
export function openPlainBun(rootDirectory: string): SandboxedBun {
  return sandboxed([bunFile, join(rootDirectory, answerFile), argument]);
}

/** All namespaces, the same root directory, and no more: no control group, no filter of system calls. @throws {LeftOut} where it is not installed. */
export function openBubblewrapAlone(rootDirectory: string): SandboxedBun {
  const isolation = ['--unshare-all', '--cap-drop', 'ALL', '--die-with-parent', '--new-session', '--clearenv'];
  const files = ['--ro-bind', rootDirectory, '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'];
  return sandboxed([find('bwrap'), ...isolation, ...files, '/bin/bun', answerFile, argument]);
}

/**
 * `podman run --rootfs` with storage of its own and without what would make it slower: no network, no log, no events.
 * @throws {LeftOut} where it is not installed.
 */
export async function openPodman(directory: string, rootDirectory: string): Promise<SandboxedBun> {
  const [podman, runtime] = [find('podman'), find('crun')];
  const home = join(directory, 'podman');
  await mkdir(home, { recursive: true });
  // It makes mount points in the root directory, which is not its own.
  const root = join(home, 'rootfs');
  await cp(rootDirectory, root, { recursive: true });
  const parent = `aria-bench-podman-${process.pid}`;
  const command = [
    ...[podman, '--root', join(home, 'storage'), '--runroot', join(home, 'run'), '--storage-driver', 'vfs'],
    ...['--cgroup-manager', 'cgroupfs', '--events-backend', 'none', '--runtime', runtime],
    ...['run', '--rm', '--network', 'none', '--read-only', '--log-driver', 'none', '--cgroup-parent', parent],
    // Without it podman raises limits, which not every root may.
    ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=256:256'],
    ...['--memory', '128m', '--pids-limit', '64', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'],
    ...['--rootfs', root, '/bin/bun', answerFile, argument],
  ];
  return sandboxed(isHybrid() ? withoutUnified(command) : command, async () => {
    removeGroups(parent);
    await rm(home, { recursive: true, force: true });
  });
}

const unified = '/sys/fs/cgroup/unified';

/** Whether control groups of both versions have controllers, where crun refuses to work. */
function isHybrid(): boolean {
  return existsSync(join(unified, 'cgroup.controllers'));
}

/** In a mount namespace that does not have the second version. */
function withoutUnified(command: readonly string[]): readonly string[] {
  const script = 'umount "$0" && exec "$@"';
  return [find('unshare'), '--mount', '--propagation', 'slave', '/bin/sh', '-c', script, unified, ...command];
}

/** Podman leaves the parent of its groups. */
function removeGroups(name: string): void {
  const home = '/sys/fs/cgroup';
  const hierarchies = existsSync(home) ? readdirSync(home).map((hierarchy) => join(home, hierarchy)) : [];
  for (const group of [home, ...hierarchies].map((hierarchy) => join(hierarchy, name))) {
    if (!existsSync(group)) continue;
    const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const place of [...below.map((entry) => join(group, entry.name)), group]) rmdirSync(place);
  }
}

function find(program: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const found = folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
  if (found === undefined) throw new LeftOut(`${program} is not on this machine`);
  return found;
}

function sandboxed(command: readonly string[], dispose?: () => Promise<void>): SandboxedBun {
  return { start: () => watch(launch(command)), [Symbol.asyncDispose]: dispose ?? (() => Promise.resolve()) };
}

function launch([file = '', ...args]: readonly string[]): ChildProcess {
  return spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** `answered` at the first line: whoever waits for a result does not wait for the end of what gave it. */
function watch(child: ChildProcess): ReturnType<SandboxedBun['start']> {
  const answered = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const [out, errors]: [string[], string[]] = [[], []];
  child.stdout?.on('data', (piece: Buffer) => {
    out.push(piece.toString());
    if (out.join('').startsWith(`${answer}\n`)) answered.resolve();
  });
  child.stderr?.on('data', (piece: Buffer) => errors.push(piece.toString()));
  child.on('error', (error) => answered.reject(error));
  child.on('close', (code) => {
    answered.reject(
      new Error(`Cannot measure: it ended with ${code}: ${out.join('')}${errors.join('').slice(0, 500)}`),
    );
    ended.resolve();
  });
  return { answered: answered.promise, ended: ended.promise };
}
