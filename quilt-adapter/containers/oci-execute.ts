/** A further process in a container of crun or runc: the same user, filter and control group as the first one. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { ExecuteResult, RunningContainer } from './backend.ts';
import { checkCommand } from './check-spec.ts';
import { executeCancelled, executesExceeded, startFailed } from './errors.ts';
import { sendOrders, spawnLauncher } from './launcher.ts';
import { executeBytesMax, executesMax } from './limits.ts';
import { type BundleOptions, ociProcess } from './oci-config.ts';
import { type OciOptions, runtimeError, runtimeWords } from './oci-runtime.ts';
import { childExit, exitOf } from './running-container.ts';
import type { Place } from './workplace.ts';

/** The container that it runs in. */
export interface ExecutePlace {
  readonly place: Place;
  readonly bundle: BundleOptions;
}

const running = new WeakMap<Place, number>();

/** Runs a command to its end. The caller's signal kills it. @throws `CONTAINER_START_FAILED`, `CANCELLED`, `OVERLOADED`. */
export async function executeInContainer(
  options: OciOptions,
  { place, bundle }: ExecutePlace,
  ...[command, signal]: Parameters<RunningContainer['execute']>
): Promise<ExecuteResult> {
  checkCommand(command);
  const count = running.get(place) ?? 0;
  if (count >= executesMax) throw executesExceeded(place.spec.id, executesMax);
  if (signal.aborted) throw executeCancelled(place.spec.id);
  running.set(place, count + 1);
  try {
    return await execute(options, { place, bundle }, command, signal);
  } finally {
    running.set(place, (running.get(place) ?? 1) - 1);
  }
}

async function execute(
  options: OciOptions,
  { place, bundle }: ExecutePlace,
  ...[command, signal]: Parameters<RunningContainer['execute']>
): Promise<ExecuteResult> {
  const { spec, group } = place;
  const homes = path.join(place.directory, 'executes');
  mkdirSync(homes, { recursive: true, mode: 0o700 });
  const directory = mkdtempSync(path.join(homes, 'x'));
  const child = spawnLauncher({
    machine: options.machine,
    script: 'plain',
    memberFiles: options.name === 'crun' ? (group?.memberFiles ?? []) : [],
    // runc looks for the root directory where the container found it.
    privateMounts: options.hiddenMount !== undefined || place.stage.staged.length > 0,
    hiddenMount: options.hiddenMount,
  });
  const kill = () => {
    killExecuted(directory, child);
    // What it has left behind may hold them for as long as the container lives.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  signal.addEventListener('abort', kill, { once: true });
  try {
    const [stdout, stderr] = [new BoundedOutput(child.stdout), new BoundedOutput(child.stderr)];
    const file = path.join(directory, 'process.json');
    writeFileSync(file, JSON.stringify(ociProcess(command, bundle)), { mode: 0o600 });
    const words = ['exec', '--process', file, '--pid-file', path.join(directory, 'pid'), spec.id];
    sendOrders(child, {
      openFilesMax: bundle.openFilesMax,
      directory,
      stage: place.stage,
      words: [...runtimeWords(options, directory), ...words],
    });
    const { code, signal: ended } = await childExit(child);
    await Promise.all([stdout.ended, stderr.ended]);
    if (signal.aborted) throw executeCancelled(spec.id);
    const failure = code === 0 ? undefined : runtimeError(directory);
    if (failure !== undefined) throw startFailed(spec.id, failure);
    const events = { memoryKills: 0, processRefusals: 0 };
    const exit = exitOf({ code, signal: ended, events, failure: undefined, killed: false });
    return {
      exitCode: exit.exitCode,
      signal: exit.signal,
      stdout: stdout.bytes(),
      stderr: stderr.bytes(),
      bytesDropped: stdout.bytesDropped + stderr.bytesDropped,
    };
  } finally {
    signal.removeEventListener('abort', kill);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The process itself, which the death of the runtime that waits for it would leave alone. */
function killExecuted(directory: string, child: ChildProcess): void {
  // The number is another's by now.
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(Number.parseInt(readFileSync(path.join(directory, 'pid'), 'latin1'), 10), 'SIGKILL');
  } catch {
    // It has not begun, or has ended: what waits for it goes.
    child.kill('SIGKILL');
  }
}

/** The first bytes of a stream; reads on behind them, so that the process never waits. */
class BoundedOutput {
  readonly ended: Promise<void>;
  bytesDropped = 0;
  readonly #chunks: Buffer[] = [];
  #kept = 0;

  constructor(stream: NodeJS.ReadableStream | null) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    stream?.on('data', (chunk: Buffer) => this.#take(chunk));
    stream?.once('close', resolve);
    stream?.once('error', () => resolve());
    if (!stream) resolve();
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  #take(chunk: Buffer): void {
    const kept = chunk.subarray(0, executeBytesMax - this.#kept);
    this.#kept += kept.length;
    this.bytesDropped += chunk.length - kept.length;
    if (kept.length > 0) this.#chunks.push(kept);
  }
}
