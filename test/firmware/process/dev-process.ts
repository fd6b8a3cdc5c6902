/** A running `arc dev`, what it says, and what is typed to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const arcPath = fileURLToPath(new URL('../../../compiler/cli/bin.js', import.meta.url));

/** A line of `--json`. */
export interface DevLine {
  readonly kind: string;
  readonly version?: string;
  readonly tool?: string;
  readonly state?: string;
  readonly outcome?: { readonly kind: string; readonly output?: unknown };
  readonly diagnostics?: readonly { readonly code: string }[];
  readonly error?: { readonly code: string };
}

/** Owns the process until it is disposed of. */
export class DevProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #lines: AsyncIterator<string>;
  #told = '';

  /** `stdin`: closed at once where false. */
  constructor(args: readonly string[], { home, stdin = true }: { readonly home: string; readonly stdin?: boolean }) {
    const child = spawn(process.execPath, [arcPath, 'dev', ...args, '--json'], {
      env: { ...process.env, ARIA_HOME: home },
      stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#ended = once(child, 'close');
    if (child.stdout === null) throw new Error('arc did not start');
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#told += text));
  }

  /** What it wrote to stderr until now. */
  get told(): string {
    return this.#told;
  }

  /** The next line of stdout. */
  async line(): Promise<DevLine> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`arc ended: ${this.#told}`);
    return JSON.parse(value) as DevLine;
  }

  /** The next line of a kind; those before are passed over. */
  async until(kind: string): Promise<DevLine> {
    for (;;) {
      const line = await this.line();
      if (line.kind === kind) return line;
    }
  }

  /** Resolves once stderr has this text. */
  async says(text: string): Promise<void> {
    while (!this.#told.includes(text)) {
      if (this.#child.stderr === null || this.#child.exitCode !== null) throw new Error(`arc ended: ${this.#told}`);
      await once(this.#child.stderr, 'data');
    }
  }

  /** Types a line. */
  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Ends what it reads. */
  closeStdin(): void {
    this.#child.stdin?.end();
  }

  /** Interrupts it; gives the exit code. */
  async interrupt(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGINT');
    await this.#ended;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.interrupt();
  }
}
