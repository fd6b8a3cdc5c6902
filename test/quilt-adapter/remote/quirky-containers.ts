/** The containers of the quirky daemon: real processes without isolation, whose lives are told as the real daemon tells them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** `stock`: waits for a file that nothing writes. `shimmed`: something writes it. `patched`: with quilt-usable.patch. */
export type DaemonKind = 'stock' | 'shimmed' | 'patched';

/** The daemon's own states. */
type RowState = 'Created' | 'Starting' | 'Running' | 'Exited' | 'Error';

/** A row of its database. */
export interface Row {
  readonly id: string;
  readonly name: string;
  readonly command: readonly string[];
  readonly network: boolean;
  readonly address: string;
  state: RowState;
  pid: number;
  exitCode: number;
  readonly createdAt: number;
  startedAt: number;
  child: ChildProcess | undefined;
  readonly logs: { timestamp: number; message: string }[];
}

/** Real times of the daemon, in milliseconds. */
const readinessMs = 12_200;
const badImageMs = 25;
const forkMs = 100;
const monitorMs = 100;

/** Worker threads: a start or a command blocks one, and without a free one nothing is answered. */
export class Workers {
  readonly #count: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /** Waits for a free one. */
  async take(): Promise<Disposable> {
    while (this.#taken >= this.#count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken += 1;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#taken -= 1;
        for (const wake of this.#waiting.splice(0)) wake();
      },
    };
  }
}

/** What the daemon keeps, over its restarts too. */
export class QuirkyContainers {
  readonly rows = new Map<string, Row>();
  /** Processes of containers that were removed while they ran. */
  readonly abandoned: ChildProcess[] = [];
  /** How many of the next starts deadlock in their fork. */
  stuckNext = 0;
  readonly #kind: DaemonKind;
  readonly #faster: number;
  #addresses = 2;
  #over = false;

  constructor(kind: DaemonKind, faster: number) {
    this.#kind = kind;
    this.#faster = faster;
  }

  byName(name: string): Row | undefined {
    return [...this.rows.values()].find((row) => row.name === name);
  }

  insert({ name, command, network }: Pick<Row, 'name' | 'command' | 'network'>): Row {
    this.#addresses += 1;
    const row: Row = {
      id: randomUUID(),
      name,
      command,
      network,
      address: `10.42.0.${this.#addresses}`,
      state: 'Created',
      pid: 0,
      exitCode: 0,
      createdAt: seconds(),
      startedAt: 0,
      child: undefined,
      logs: [],
    };
    this.rows.set(row.id, row);
    this.log(row, '[INFO] Container created');
    return row;
  }

  log(row: Row, message: string): void {
    row.logs.unshift({ timestamp: seconds(), message });
  }

  /** A start, in the background of the answer. */
  async start(row: Row, image: string, workers: Workers): Promise<void> {
    row.state = 'Starting';
    if (!isGzip(image)) {
      await this.sleep(badImageMs);
      row.state = 'Error';
      return;
    }
    // Forked, but never more than that.
    if (this.stuckNext > 0) {
      this.stuckNext -= 1;
      return;
    }
    using _worker = await workers.take();
    if (this.#kind === 'stock') {
      await this.sleep(readinessMs);
      row.state = 'Error';
      this.log(row, '[ERROR] Container failed to become ready');
      return;
    }
    await this.sleep(forkMs);
    this.launch(row);
  }

  /** Runs the command, or what is left of it. */
  launch(row: Row): void {
    if (this.#over || !this.rows.has(row.id)) return;
    const joined = row.command.join(' ').replaceAll(/[^A-Za-z0-9._/:-]/g, '');
    const [program = '', ...args] = this.#kind === 'patched' ? row.command : [joined];
    const child = spawn(program, args, { stdio: 'ignore', cwd: '/' });
    const ended = (code: number): void => {
      setTimeout(() => this.#ended(row, child, code), monitorMs / this.#faster);
    };
    child.once('exit', (code, signal) =>
      ended(signal === null ? (code ?? 0) : signal === 'SIGKILL' ? -9 : 128 + signalNumber(signal)),
    );
    // No such program: the child of a shell says 127.
    child.once('error', () => ended(127));
    row.child = child;
    row.pid = child.pid ?? 4_194_304;
    row.startedAt = seconds();
    row.state = 'Running';
    this.log(row, `[INFO] [0s ago] Container started with PID ${row.pid}`);
    row.logs.unshift({ timestamp: seconds() + 2, message: '[INSPECT] rootfs has 12 entries' });
  }

  async kill(row: Row): Promise<void> {
    const { child } = row;
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    if (child?.kill('SIGKILL') === true) await gone;
    await this.sleep(104);
    if (row.state !== 'Running') return;
    row.state = 'Exited';
    row.exitCode = -9;
  }

  /** Its process goes on. */
  remove(row: Row): void {
    this.rows.delete(row.id);
    if (row.child !== undefined && row.child.exitCode === null && row.child.signalCode === null)
      this.abandoned.push(row.child);
  }

  /** A real time of the daemon, shortened. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms / this.#faster));
  }

  /** Ends every process. */
  [Symbol.dispose](): void {
    this.#over = true;
    for (const child of [...this.abandoned, ...[...this.rows.values()].map((row) => row.child)]) child?.kill('SIGKILL');
  }

  #ended(row: Row, child: ChildProcess, code: number): void {
    if (row.child !== child || row.state !== 'Running') return;
    row.state = 'Exited';
    // Two reapers race, and the one that writes the row has lost.
    row.exitCode = this.#kind === 'patched' || code === -9 ? code : 0;
    this.log(row, `[INFO] [0s ago] Container exited`);
  }
}

function isGzip(image: string): boolean {
  try {
    return readFileSync(image).subarray(0, 2).equals(Buffer.of(0x1f, 0x8b));
  } catch {
    return false;
  }
}

function signalNumber(signal: string): number {
  return signal === 'SIGSEGV' ? 11 : 15;
}

/** Seconds since 1970. */
export function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}
