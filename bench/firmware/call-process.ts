/** Processes that measure calls, of which the harness only hears: while they measure, the machine is theirs. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CallFigures, CallOrder, CallReply } from './call-orders.ts';

/** One of them. Leaving the scope ends it. */
export class CallProcess implements AsyncDisposable {
  /** What it said when it was ready. */
  readonly about: Readonly<Record<string, string>>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** Starts a program of `bench/programs`. @throws where it ends before it is ready. */
  static async start(program: string, args: readonly string[]): Promise<CallProcess> {
    const child = fork(join(import.meta.dirname, '../programs', program), [...args]);
    const first = await nextReply(child);
    if (first.kind !== 'ready') throw new Error(`Cannot measure: ${program} answers ${JSON.stringify(first)}`);
    return new CallProcess(child, first.about);
  }

  private constructor(child: ChildProcess, about: Readonly<Record<string, string>>) {
    this.#child = child;
    this.about = about;
    this.#ended = once(child, 'exit');
  }

  /** One order at a time. */
  async measure(order: CallOrder): Promise<CallFigures> {
    const reply = nextReply(this.#child);
    this.#child.send(order);
    const answer = await reply;
    if (answer.kind !== 'measured')
      throw new Error(`Cannot measure ${JSON.stringify(order)}: ${JSON.stringify(answer)}`);
    return answer.figures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}

function nextReply(child: ChildProcess): Promise<CallReply> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`Cannot measure: the process ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as CallReply);
    });
  });
}
