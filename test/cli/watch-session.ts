/** A running `arc build --watch`, and what it says. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type ArcResult, type ArcSetup, runArc } from './run-arc.ts';

/** One line of `--json`. */
export interface BuildLine {
  readonly kind: 'done' | 'failed';
  readonly path?: string;
  readonly hash?: string;
  readonly version?: string;
  readonly written?: boolean;
  readonly rebuilt?: readonly string[];
  readonly tools?: readonly { readonly name: string }[];
  readonly error?: { readonly code: string };
  readonly diagnostics?: readonly { readonly code: string; readonly file: string }[];
  readonly lastPath?: string | null;
}

/** Owns the process until it is disposed of. */
export class WatchSession implements AsyncDisposable {
  readonly #result: Promise<ArcResult>;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #told = '';

  constructor(args: readonly string[], setup: ArcSetup) {
    const started: ChildProcess[] = [];
    this.#result = runArc(['build', '--watch', ...args], { ...setup, onStart: (child) => started.push(child) });
    const [child] = started;
    if (child?.stdout == null || child.stderr === null) throw new Error('arc did not start');
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on('data', (chunk: Buffer | string) => (this.#told += chunk.toString()));
  }

  /** The next line of stdout. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`arc ended: ${this.#told}`);
    return value;
  }

  /** What the next build came to, with `--json`. */
  async build(): Promise<BuildLine> {
    return JSON.parse(await this.line()) as BuildLine;
  }

  /** Resolves once stderr has this text. */
  async told(text: string): Promise<void> {
    while (!this.#told.includes(text)) {
      if (this.#child.stderr === null || this.#child.exitCode !== null) throw new Error(`arc ended: ${this.#told}`);
      await once(this.#child.stderr, 'data');
    }
  }

  /** What it came to by itself. */
  ended(): Promise<ArcResult> {
    return this.#result;
  }

  /** Interrupts it. */
  interrupt(signal: NodeJS.Signals = 'SIGINT'): Promise<ArcResult> {
    this.#child.kill(signal);
    return this.#result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.interrupt();
  }
}
