/**
 * Compiling for the native engine, in child processes with limits: a compile bomb, a crash of the compiler, or too much memory end a child and
 * give a coded error, and the next request gets another child.
 *
 * Two lanes, each with one child at a time: what a call waits for, and what is compiled in the background, with the weakest priority.
 * A child cannot take its priority back, so one child cannot serve both.
 */
import { closed } from '../../errors.ts';
import { compilerLimits, componentLimits } from '../../limits.ts';
import {
  type CompileInput,
  CompileProcess,
  type CompileProcessSettings,
  type CompileReply,
} from './compile-process.ts';
import { compileFailed, compilerFull, compilerUnavailable } from './errors.ts';

/** What is to be compiled, and how. */
export interface CompileRequest extends CompileInput {
  /** A component as a whole takes longer than a tool beside the shared engine, and may. */
  readonly whole?: boolean;
  /** Nobody waits for it. */
  readonly background?: boolean;
}

/** Settings of the compiler; what is absent is `compilerLimits`. */
export interface NativeCompilerOptions {
  /** Path of the library that compiles. */
  readonly library: string;
  readonly memoryBytes?: number;
  readonly deadlineMs?: number;
  readonly wholeDeadlineMs?: number;
  readonly idleMs?: number;
}

type Settings = Required<NativeCompilerOptions>;

interface Waiting {
  readonly request: CompileRequest;
  readonly resolve: (code: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** Compiles modules and components. The owner disposes of it; an idle one does not keep the process alive. */
export class NativeCompiler implements AsyncDisposable {
  readonly #lanes: { readonly foreground: Lane; readonly background: Lane };

  constructor(options: NativeCompilerOptions) {
    const { memoryBytes, deadlineMs, wholeDeadlineMs, idleMs } = compilerLimits;
    const settings = { memoryBytes, deadlineMs, wholeDeadlineMs, idleMs, ...options };
    this.#lanes = {
      foreground: new Lane(settings, 0),
      background: new Lane(settings, compilerLimits.backgroundNice),
    };
  }

  /**
   * @throws {CodedError} `COMPONENT_INVALID` with `details.cause` `refused`, `deadline`, `memory` or `crash`;
   * `UNAVAILABLE` where the compiler cannot be loaded, is closed, or has too much to do
   */
  async compile(request: CompileRequest): Promise<Uint8Array> {
    const { length } = request.bytes;
    const { componentBytesMax } = componentLimits;
    if (length > componentBytesMax)
      throw compileFailed('refused', `it has ${length} bytes, and a component has ${componentBytesMax} at most`);
    return this.#lanes[request.background === true ? 'background' : 'foreground'].compile(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#lanes.foreground.close(), this.#lanes.background.close()]);
  }
}

/** Requests in the order of their arrival, and the child that serves them. */
class Lane {
  readonly #settings: Settings;
  readonly #process: CompileProcessSettings;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #child: CompileProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #running = false;
  #closed = false;

  constructor(settings: Settings, nice: number) {
    this.#settings = settings;
    this.#process = { library: settings.library, memoryBytes: settings.memoryBytes, nice };
  }

  compile(request: CompileRequest): Promise<Uint8Array> {
    if (this.#closed) throw closed('compiler');
    const { requestsMax, requestBytesMax } = compilerLimits;
    if (this.#waiting.length >= requestsMax) throw compilerFull(`${requestsMax} others wait`);
    if (this.#waitingBytes + request.bytes.length > requestBytesMax)
      throw compilerFull(`others of ${this.#waitingBytes} bytes wait`);
    this.#waitingBytes += request.bytes.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (!this.#running) void this.#serve();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    for (const { reject } of this.#waiting.splice(0)) reject(closed('compiler'));
    await this.#child?.stop();
  }

  async #serve(): Promise<void> {
    this.#running = true;
    clearTimeout(this.#idle);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#waitingBytes -= next.request.bytes.length;
      const reply = await this.#ask(next.request);
      if (reply.kind === 'code') next.resolve(reply.code);
      else next.reject(this.#closed ? closed('compiler') : this.#errorOf(reply, next.request));
    }
    this.#running = false;
    if (this.#closed) return;
    this.#idle = setTimeout(() => void this.#child?.stop(), this.#settings.idleMs).unref();
  }

  async #ask(request: CompileRequest): Promise<CompileReply> {
    const child = this.#child?.alive === true ? this.#child : this.#start();
    const { used } = child;
    const reply = await child.ask(request, this.#deadlineMs(request));
    // What a child holds of earlier requests is no fault of this one: whether it can be compiled does not depend on what came before it.
    if (!used || this.#closed || (reply.kind !== 'memory' && reply.kind !== 'crash')) return reply;
    await child.stop();
    return this.#closed ? reply : this.#start().ask(request, this.#deadlineMs(request));
  }

  #start(): CompileProcess {
    return (this.#child = new CompileProcess(this.#process));
  }

  #deadlineMs({ whole }: CompileRequest): number {
    return whole === true ? this.#settings.wholeDeadlineMs : this.#settings.deadlineMs;
  }

  #errorOf(reply: Exclude<CompileReply, { kind: 'code' }>, request: CompileRequest): Error {
    switch (reply.kind) {
      case 'refused':
        return compileFailed('refused', `wasmtime refuses it: ${reply.reason}`);
      case 'deadline':
        return compileFailed('deadline', `it takes more than ${this.#deadlineMs(request)} ms`);
      case 'memory':
        return compileFailed('memory', `it needs more than ${this.#settings.memoryBytes} bytes of memory`);
      case 'crash':
        return compileFailed('crash', `the compiler ended with ${reply.cause}`);
      case 'unavailable':
        return compilerUnavailable(`the compiler does not start: ${reply.reason}`);
    }
  }
}
