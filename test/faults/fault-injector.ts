/**
 * Runs real processes whose writes are counted, and ended or failed at a chosen one, by a library that is loaded before them
 * (fault-injector.c). Linux with a C compiler; elsewhere `faultInjector` is undefined and its tests are skipped.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** A process whose writes count. */
export interface FaultCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Besides that of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Calls on files below it count; it exists. */
  readonly directory: string;
}

/** What happens at the call `at`, from 1. `half`: after half of a write's bytes, or after another call, instead of before. */
export type Fault =
  | { readonly kind: 'count' }
  | { readonly kind: 'kill'; readonly at: number; readonly half?: boolean }
  | {
      readonly kind: 'fail';
      readonly at: number;
      readonly error: 'ENOSPC' | 'EIO';
      readonly repeat: 'once' | 'always';
    };

/** How a process ended. */
export interface FaultResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Calls that counted. */
  readonly calls: number;
  /** Each of them with its number, its name and its path, for the message of a failure. */
  readonly trace: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
}

/** Longest that a process may take. */
const timeoutMs = 60_000;
const source = join(import.meta.dirname, 'fault-injector.c');

/** Path of the library, compiled once for each text of its source; undefined where it cannot be. */
export const faultInjector: string | undefined = compile();

/** How many calls a process makes from start to end. */
export function countWrites(command: FaultCommand): FaultResult {
  return runWithFault(command, { kind: 'count' });
}

/** Runs a process to its end, with a fault. */
export function runWithFault(command: FaultCommand, fault: Fault): FaultResult {
  using state = new FaultState();
  state.arm();
  const { file, args, cwd } = command;
  const env = environment(command, fault, state);
  const run = spawnSync(file, args, {
    encoding: 'utf8',
    env,
    timeout: timeoutMs,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (run.error !== undefined) throw run.error;
  const { status: code, signal, stdout, stderr } = run;
  return { code, signal, calls: state.calls(), trace: state.trace(), stdout, stderr };
}

/** A process with a fault that waits to be armed: what it does before that does not count. */
export class FaultProcess implements Disposable {
  readonly child: ChildProcess;
  readonly #state: FaultState;

  /** Its standard streams are pipes. Whoever starts it reads them, and waits for its end. */
  constructor(command: FaultCommand, fault: Fault) {
    this.#state = new FaultState();
    const { file, args, cwd } = command;
    const env = environment(command, fault, this.#state);
    this.child = spawn(file, args, { env, stdio: 'pipe', ...(cwd === undefined ? {} : { cwd }) });
  }

  /** From now on calls count. */
  arm(): void {
    this.#state.arm();
  }

  /** Calls count no longer, and none fails; their number stays. */
  disarm(): void {
    this.#state.disarm();
  }

  /** Calls that have counted. */
  calls(): number {
    return this.#state.calls();
  }

  /** Ends it, if it has not ended. */
  [Symbol.dispose](): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    this.#state[Symbol.dispose]();
  }
}

/** Whole numbers from 1 to `calls`, `count` of them, spread evenly and moved by a seed: so that points differ between seeds and cover all parts. */
export function seededPoints(calls: number, count: number, seed: number): readonly number[] {
  if (count >= calls) return Array.from({ length: calls }, (_, index) => index + 1);
  const width = calls / count;
  const digest = createHash('sha256').update(`${seed}`).digest();
  return Array.from({ length: count }, (_, index) => {
    const share = (digest[index % digest.length] ?? 0) / 256;
    return 1 + Math.floor((index + share) * width);
  });
}

/** The directory by which a library hears and tells. */
class FaultState implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'aria-faults-'));

  constructor() {
    writeFileSync(join(this.path, 'trace'), '');
  }

  arm(): void {
    writeFileSync(join(this.path, 'armed'), '');
  }

  disarm(): void {
    rmSync(join(this.path, 'armed'), { force: true });
  }

  calls(): number {
    const path = join(this.path, 'calls');
    return existsSync(path) ? Number(readFileSync(path).readBigUInt64LE()) : 0;
  }

  trace(): readonly string[] {
    const text = readFileSync(join(this.path, 'trace'), 'utf8');
    return text.split('\n').filter((line) => line !== '');
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function environment(command: FaultCommand, fault: Fault, state: FaultState): NodeJS.ProcessEnv {
  if (faultInjector === undefined) throw new Error('Cannot inject faults: there is no library');
  return {
    ...process.env,
    ...command.env,
    LD_PRELOAD: faultInjector,
    ARIA_FAULT_ROOT: realpathSync(command.directory),
    ARIA_FAULT_STATE: state.path,
    ...settings(fault),
  };
}

function settings(fault: Fault): Readonly<Record<string, string>> {
  switch (fault.kind) {
    case 'count':
      return { ARIA_FAULT_MODE: 'count' };
    case 'kill':
      return { ARIA_FAULT_MODE: fault.half === true ? 'kill-half' : 'kill', ARIA_FAULT_AT: String(fault.at) };
    case 'fail':
      return {
        ARIA_FAULT_MODE: 'fail',
        ARIA_FAULT_AT: String(fault.at),
        ARIA_FAULT_ERRNO: String(constants.errno[fault.error]),
        ARIA_FAULT_REPEAT: fault.repeat === 'always' ? '1' : '0',
      };
  }
}

function compile(): string | undefined {
  if (process.platform !== 'linux' || spawnSync('cc', ['--version']).status !== 0) return undefined;
  const name = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 32);
  const directory = join(tmpdir(), `aria-fault-injector-${process.getuid?.() ?? 0}`);
  const library = join(directory, `${name}.so`);
  if (existsSync(library)) return library;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Another test may compile it at the same time.
  const made = join(directory, `${name}.${process.pid}.so`);
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-o', made, source, '-ldl']);
  renameSync(made, library);
  return library;
}
