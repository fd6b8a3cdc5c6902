/**
 * `none`: a plain process with a clean environment, in a process group of its own. No isolation at all, for machines on which nothing else
 * works. What a spec says of paths inside a container is translated into paths of the machine.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { BackendProbe, ContainerBackend, ContainerSpec, ContainerUsage, RunningContainer } from './backend.ts';
import { checkSpec } from './check-spec.ts';
import { backendClosed, executeUnavailable, nameTaken, startFailed } from './errors.ts';
import { fileContent } from './file-watch.ts';
import type { Instance } from './instance.ts';
import { Keeper } from './keeper.ts';
import { startTimeoutMs } from './limits.ts';
import type { Machine } from './machine.ts';
import { Container, childExit, outputOf } from './running-container.ts';

/**
 * $1: where the number of the process group goes, for the keeper; $2: the host; $3: the maximum of open files. The file comes before the
 * look at the host, so that either the keeper reads it or nothing starts.
 */
const script = `
read -r stat < /proc/self/stat
set -- "$stat" "$@"
rest=\${1##*) }
shift
place=$1; host=$2; files=$3; shift 3
ticks=$(set -- $rest; shift 19; echo "$1")
echo "$$ $ticks" > "$place" || exit 71
kill -0 "$host" 2>/dev/null || exit 72
ulimit -c 0
ulimit -n "$files" || exit 74
exec "$@" < /dev/null
`;

/** What the back end needs; it owns the instance. */
export interface ProcessBackendOptions {
  readonly machine: Machine;
  readonly instance: Instance;
  readonly probe: BackendProbe;
  readonly removeOrphans: ContainerBackend['removeOrphans'];
}

/** Opens `none`. */
export function openProcessBackend(options: ProcessBackendOptions): ContainerBackend {
  return new ProcessBackend(options);
}

class ProcessBackend implements ContainerBackend {
  readonly name = 'none';
  readonly probe: BackendProbe;
  readonly user: ContainerBackend['user'];
  readonly removeOrphans: ContainerBackend['removeOrphans'];
  readonly #machine: Machine;
  readonly #instance: Instance;
  readonly #keeper: Keeper;
  readonly #containers = new Map<string, Promise<Container>>();
  #closing: Promise<void> | undefined;

  constructor({ machine, instance, probe, removeOrphans }: ProcessBackendOptions) {
    this.probe = probe;
    this.user = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
    this.removeOrphans = removeOrphans;
    this.#machine = machine;
    this.#instance = instance;
    this.#keeper = new Keeper({ machine, instanceDirectory: instance.directory, groupDirectories: [] });
  }

  async start(spec: ContainerSpec): Promise<RunningContainer> {
    checkSpec(spec);
    if (this.#closing) throw backendClosed(this.name);
    if (this.#containers.has(spec.id)) throw nameTaken(spec.id);
    this.#keeper.ensure();
    const starting = this.#start(spec);
    this.#containers.set(spec.id, starting);
    try {
      const container = await starting;
      void container.exited.then(() => this.#containers.delete(spec.id));
      return container;
    } catch (error) {
      this.#containers.delete(spec.id);
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #start(spec: ContainerSpec): Promise<Container> {
    const directory = path.join(this.#instance.containersDirectory, spec.id);
    const record = path.join(this.#instance.processesDirectory, spec.id);
    const cleanUp = () => {
      rmSync(record, { force: true });
      rmSync(directory, { recursive: true, force: true });
    };
    mkdirSync(path.join(directory, 'tmp'), { recursive: true, mode: 0o700 });
    const child = this.#spawn(spec, directory, record);
    const output = outputOf(child);
    const pid = await this.#firstProcess(spec.id, child).catch((error: unknown) => {
      killGroup(child.pid);
      cleanUp();
      throw error;
    });
    const killAll = () => killGroup(pid);
    const execute = async () => {
      throw executeUnavailable('none', 'there is nothing that a further process could be in');
    };
    // The shell ends so if it could not become the program; the program may, too.
    const failure = () => undefined;
    const usage = () => usageOf(pid);
    return new Container({
      id: spec.id,
      pid,
      child,
      output,
      group: undefined,
      usage,
      failure,
      killAll,
      execute,
      cleanUp,
    });
  }

  #spawn(spec: ContainerSpec, directory: string, record: string): ChildProcess {
    const outside = translator(spec, directory);
    const files = String(Math.min(spec.limits.openFilesMax, this.#machine.openFilesMax));
    const words = ['-c', script, 'aria-process', record, String(process.pid), files, ...spec.args.map(outside)];
    const workingDirectory = outside(spec.workingDirectory);
    return spawn(this.#machine.shell, words, {
      cwd: existsSync(workingDirectory) ? workingDirectory : directory,
      env: Object.fromEntries(Object.entries(spec.environment).map(([name, value]) => [name, outside(value)])),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  }

  /** The process is there when it has written its number; the shell and the program have the same one. */
  async #firstProcess(id: string, child: ChildProcess): Promise<number> {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(startFailed(id, 'the shell did not start')), startTimeoutMs);
    void childExit(child).then(({ code }) => end.abort(startFailed(id, `the shell ended with exit status ${code}`)));
    try {
      const parse = (text: string) => (/^\d+ \d+\n$/.test(text) ? Number.parseInt(text, 10) : undefined);
      return await fileContent(this.#instance.processesDirectory, id, parse, end.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #close(): Promise<void> {
    const settled = await Promise.allSettled(this.#containers.values());
    await Promise.all(
      settled.map((one) => (one.status === 'fulfilled' ? one.value[Symbol.asyncDispose]() : undefined)),
    );
    this.#instance[Symbol.dispose]();
    this.#keeper[Symbol.dispose]();
  }
}

/**
 * Paths inside become paths of the machine: where something is mounted, its source; `/tmp` and what is in memory, a directory that goes
 * with the container; what the root directory has, the file there. Anything else stays as it is.
 */
function translator({ mounts, rootDirectory }: ContainerSpec, directory: string): (text: string) => string {
  const places: [string, string][] = [['/tmp', path.join(directory, 'tmp')]];
  for (const [index, mount] of mounts.entries()) {
    const own = path.join(directory, `memory-${index}`);
    if (mount.kind === 'tmpfs') mkdirSync(own, { mode: 0o700 });
    places.push([mount.target, mount.kind === 'bind' ? mount.source : own]);
  }
  places.sort(([left], [right]) => right.length - left.length);
  return (text) => {
    if (!text.startsWith('/')) return text;
    for (const [inside, outside] of places)
      if (text === inside || text.startsWith(`${inside}/`)) return outside + text.slice(inside.length);
    const inRoot = path.join(rootDirectory, text);
    return text !== '/' && inRoot.startsWith(`${rootDirectory}/`) && existsSync(inRoot) ? inRoot : text;
  };
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}

/** Of the first process alone: nobody counts the others. proc(5); a clock tick is 10 ms on every Linux that Node runs on. */
function usageOf(pid: number): ContainerUsage {
  const status = textOf(`/proc/${pid}/status`);
  const stat = textOf(`/proc/${pid}/stat`);
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const bytes = (name: string) => kibibytes(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  const moved = textOf(`/proc/${pid}/io`);
  const count = (name: string) => numberOf(new RegExp(`^${name}: (\\d+)`, 'm').exec(moved)?.[1]);
  return {
    cpuMs: stat === '' ? undefined : ((fields[11] ?? 0) + (fields[12] ?? 0)) * 10,
    memoryBytes: bytes('VmRSS'),
    memoryBytesPeak: bytes('VmHWM'),
    processes: numberOf(/^Threads:\s+(\d+)/m.exec(status)?.[1]),
    readBytes: count('read_bytes'),
    writtenBytes: count('write_bytes'),
  };
}

function kibibytes(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text) * 1024;
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
