/** A container that runs, for every back end: its end, its figures, its removal. */
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerExit, ContainerUsage, ExecuteResult, RunningContainer } from './backend.ts';
import type { ControlGroup, LimitEvents } from './control-groups.ts';
import { containerEnded } from './errors.ts';
import { outputBytesWaiting, removalTimeoutMs } from './limits.ts';

/** What a back end puts together for a container. */
export interface ContainerParts {
  readonly id: string;
  readonly pid: number;
  /** What waits for the container: the runtime, or the process itself. */
  readonly child: ChildProcess;
  readonly output: ContainerOutput;
  readonly group: ControlGroup | undefined;
  /** Where there is no control group. */
  readonly usage?: () => ContainerUsage;
  /** Whether the process was never there; the runtime's words if so. */
  readonly failure: (exitCode: number | null) => string | undefined;
  /** Ends every process of the container, where killing the first one does not. */
  readonly killAll?: () => void;
  readonly execute: RunningContainer['execute'];
  /** Removes what the back end has made; after the last process. */
  readonly cleanUp: () => void;
}

const nothing: ContainerUsage = {
  cpuMs: undefined,
  memoryBytes: undefined,
  memoryBytesPeak: undefined,
  processes: undefined,
  readBytes: undefined,
  writtenBytes: undefined,
};

/** The container. */
export class Container implements RunningContainer {
  readonly id: string;
  readonly pid: number;
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
  readonly exited: Promise<ContainerExit>;
  readonly #parts: ContainerParts;
  #killed = false;
  #ended = false;
  #lastUsage = nothing;

  constructor(parts: ContainerParts) {
    const { child, output } = parts;
    this.id = parts.id;
    this.pid = parts.pid;
    this.stdout = output.stdout;
    this.stderr = output.stderr;
    this.#parts = parts;
    this.exited = childExit(child).then(({ code, signal }) => this.#end(code, signal));
  }

  async usage(): Promise<ContainerUsage> {
    if (this.#ended) return this.#lastUsage;
    return this.#usageNow();
  }

  async signal(name: 'TERM' | 'KILL'): Promise<void> {
    if (this.#ended) throw containerEnded(this.id, `send ${name}`);
    if (name === 'KILL') this.#killed = true;
    this.#send(name === 'KILL' ? 'SIGKILL' : 'SIGTERM');
    if (name === 'KILL') this.#parts.killAll?.();
  }

  async execute(...[command, signal]: Parameters<RunningContainer['execute']>): Promise<ExecuteResult> {
    if (this.#ended) throw containerEnded(this.id, 'run a further process');
    return this.#parts.execute(command, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { group, child, output } = this.#parts;
    if (!this.#ended) await this.signal('KILL');
    dropUnread(child, output);
    // A runtime that does not notice goes the same way as its container; runc is in no group of ours.
    const late = setTimeout(() => {
      group?.kill();
      child.kill('SIGKILL');
    }, removalTimeoutMs);
    await this.exited;
    clearTimeout(late);
  }

  /** The number may be another's once the runtime has reaped the process: the group knows who is in it. */
  #send(signal: 'SIGKILL' | 'SIGTERM'): void {
    const { group, pid, child } = this.#parts;
    if (child.exitCode !== null || child.signalCode !== null) return;
    if (group && !group.members().includes(pid)) return;
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }

  #usageNow(): ContainerUsage {
    return this.#parts.group?.usage() ?? this.#parts.usage?.() ?? nothing;
  }

  async #end(code: number | null, signal: NodeJS.Signals | null): Promise<ContainerExit> {
    const { group, killAll, cleanUp, failure } = this.#parts;
    killAll?.();
    this.#lastUsage = this.#usageNow();
    this.#ended = true;
    const events = group?.events() ?? { memoryKills: 0, processRefusals: 0 };
    const exit = exitOf({ code, signal, events, failure: failure(code), killed: this.#killed });
    await removeGroup(group);
    cleanUp();
    return exit;
  }
}

/** What a container writes. */
export interface ContainerOutput {
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
}

/** Takes over the output of a child: Node throws away what nobody has begun to read when a child ends. */
export function outputOf({ stdout, stderr }: ChildProcess): ContainerOutput {
  const through = (stream: NodeJS.ReadableStream | null) => {
    const passed = new PassThrough({ highWaterMark: outputBytesWaiting });
    if (!stream) return passed.end();
    stream.on('error', () => passed.end());
    return stream.pipe(passed);
  };
  return { stdout: through(stdout), stderr: through(stderr) };
}

/** What nobody reads any more goes: runc copies the output and would wait for a reader, and the pipes would stay open. */
function dropUnread(child: ChildProcess, { stdout, stderr }: ContainerOutput): void {
  for (const [stream, passed] of [
    [child.stdout, stdout],
    [child.stderr, stderr],
  ] as const) {
    if (passed.destroyed) stream?.resume();
    else if (passed.readableFlowing === null && passed.listenerCount('readable') === 0) passed.resume();
  }
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly events: LimitEvents;
  readonly failure: string | undefined;
  readonly killed: boolean;
}

/** Why a container ended, from what the runtime and the control group say. */
export function exitOf({ code, signal, events, failure, killed }: Ending): ContainerExit {
  // A runtime tells of a signal as a shell does: 128 and its number.
  const name = signal ?? (code !== null && code > 128 ? signalName(code - 128) : undefined);
  const exitCode = name === undefined ? (code ?? undefined) : undefined;
  const seen = [
    name === undefined ? `exit status ${code}` : `${name}${code === null ? '' : ` (exit status ${code})`}`,
    ...(events.memoryKills > 0 ? [`oom_kill ${events.memoryKills}`] : []),
    ...(events.processRefusals > 0 ? [`pids.events max ${events.processRefusals}`] : []),
  ];
  const result = { exitCode, signal: name, cause: seen.join(', ') };
  if (failure !== undefined) return { ...result, kind: 'failed-to-start', cause: failure };
  if (code === 0) return { ...result, kind: 'exited' };
  // A bad end after a limit was enforced: by a signal, or by what the program made of the refusal.
  if (events.memoryKills > 0) return { ...result, kind: 'memory' };
  if (killed && name === 'SIGKILL') return { ...result, kind: 'killed' };
  if (events.processRefusals > 0) return { ...result, kind: 'processes' };
  return { ...result, kind: name === undefined ? 'exited' : 'signal' };
}

/** The end of a child; never rejects, and is there for one that has ended already. */
export function childExit(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode !== null || child.signalCode !== null)
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    // One that could not even be started has no exit.
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: 127, signal: null });
    });
  });
}

/** Ends what is left in a group and removes it. What the kernel does not give back in time is left for `removeOrphans`. */
export async function removeGroup(group: ControlGroup | undefined): Promise<void> {
  for (let waitedMs = 0; group && waitedMs < removalTimeoutMs; waitedMs += 5) {
    if (group.kill() && group.remove()) return;
    await sleep(5);
  }
}

const signalNames: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals)
    .map(([name, number]): [number, string] => [number, name])
    .toReversed(),
);

function signalName(number: number): string | undefined {
  return signalNames.get(number) ?? (number >= 32 && number <= 64 ? `SIG${number}` : undefined);
}
