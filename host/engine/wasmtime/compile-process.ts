/** One child process that compiles, from the parent's side. It answers one request at a time, and each in some way, whatever becomes of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { compilerLimits } from '../../limits.ts';
import { FrameReader, encodeFrame } from './compile-frames.ts';

const program = fileURLToPath(new URL('compile-child.js', import.meta.url));
/** What allocators and runtimes say before they give up, and what system calls say that were refused memory or a thread. */
const memoryWords = /out of memory|memory allocation of|cannot allocate memory|allocation failed|os error 1[12]\)/i;

/** What a child is started with. */
export interface CompileProcessSettings {
  /** Path of the library that compiles. */
  readonly library: string;
  /** Address space that it may have beyond what it begins with. */
  readonly memoryBytes: number;
  /** 0, or how far behind all others it is. */
  readonly nice: number;
}

/** What is compiled. */
export interface CompileInput {
  readonly kind: 'module' | 'component';
  readonly bytes: Uint8Array;
  /** What code depends on besides. */
  readonly settings: object;
}

/** How a request ended. */
export type CompileReply =
  | { readonly kind: 'code'; readonly code: Uint8Array }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It asked for more than it may have; the process may be dead. */
  | { readonly kind: 'memory' }
  | { readonly kind: 'deadline' }
  /** The process died with this signal or exit code. */
  | { readonly kind: 'crash'; readonly cause: string }
  /** It never became able to compile. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** A child process. The owner stops it. */
export class CompileProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #frames = new FrameReader(compilerLimits.codeBytesMax);
  readonly #ready = Promise.withResolvers<void>();
  #isReady = false;
  #alive = true;
  #answered = 0;
  #lastWords = '';
  #settle: ((reply: CompileReply) => void) | undefined;

  constructor({ library, memoryBytes, nice }: CompileProcessSettings) {
    const args = [program, library, String(memoryBytes), String(process.pid), String(nice)];
    const threads = Math.min(availableParallelism(), compilerLimits.threadsMax);
    this.#child = spawn(process.execPath, args, {
      cwd: '/',
      // Each thread and each arena of the allocator takes address space, which is what is limited.
      env: { RAYON_NUM_THREADS: String(threads), MALLOC_ARENA_MAX: '2' },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = `${this.#lastWords}${chunk.toString()}`.slice(-compilerLimits.lastWordsBytesMax);
    });
    // A child that died does not read: that it died is told by its end.
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr])
      stream?.on('error', () => undefined);
    this.#closed = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#end({ kind: 'unavailable', reason: error.message }, resolve));
      this.#child.once('close', (code, signal) => this.#end(this.#death(signal ?? `exit code ${code}`), resolve));
    });
    this.#hold(false);
  }

  /** Whether it takes another request. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Whether it has compiled something before: what it holds since then may be why the next one fails. */
  get used(): boolean {
    return this.#answered > 0;
  }

  /**
   * Compiles, until the deadline (milliseconds), which begins when the child is ready; until then it has as long to become so. Keeps this
   * process alive meanwhile, and only then. The bytes stay as they are until it has ended. Never rejects.
   */
  async ask({ kind, bytes, settings }: CompileInput, deadlineMs: number): Promise<CompileReply> {
    let timer: NodeJS.Timeout | undefined = setTimeout(() => {
      void this.#stop({ kind: 'unavailable', reason: `it was not ready within ${deadlineMs} ms` });
    }, deadlineMs);
    void this.#ready.promise.then(() => {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = setTimeout(() => void this.#stop({ kind: 'deadline' }), deadlineMs);
    });
    this.#hold(true);
    try {
      return await new Promise<CompileReply>((resolve) => {
        this.#settle = resolve;
        if (!this.#alive) return this.#answer(this.#death('its end'));
        for (const part of encodeFrame({ kind, settings }, bytes)) this.#child.stdin?.write(part);
      });
    } finally {
      clearTimeout(timer);
      timer = undefined;
      if (this.#alive) this.#hold(false);
    }
  }

  /** Ends it at once; a request ends as a crash. */
  stop(): Promise<void> {
    return this.#stop({ kind: 'crash', cause: 'SIGKILL' });
  }

  #stop(reply: CompileReply): Promise<void> {
    this.#alive = false;
    // Whoever waits for its end gets to it.
    this.#hold(true);
    this.#child.kill('SIGKILL');
    this.#answer(reply);
    return this.#closed;
  }

  #take(chunk: Buffer): void {
    for (const frame of this.#frames.push(chunk)) {
      if (frame === 'broken') {
        void this.#stop({ kind: 'crash', cause: 'an answer of another form' });
        return;
      }
      if (this.#isReady) this.#answer(replyOf(frame.head, frame.bytes));
      this.#isReady = true;
      this.#ready.resolve();
    }
  }

  #answer(reply: CompileReply): void {
    this.#answered += 1;
    this.#settle?.(reply);
    this.#settle = undefined;
  }

  #end(reply: CompileReply, resolve: () => void): void {
    this.#alive = false;
    this.#answer(reply);
    resolve();
  }

  #death(cause: string): CompileReply {
    if (!this.#isReady) return { kind: 'unavailable', reason: lastLine(this.#lastWords) ?? cause };
    return memoryWords.test(this.#lastWords) ? { kind: 'memory' } : { kind: 'crash', cause };
  }

  /** Whether this process stays for the child's sake. */
  #hold(held: boolean): void {
    const { stdin, stdout, stderr } = this.#child;
    // They are sockets, which the types do not say.
    const handles = [this.#child, stdin as Socket | null, stdout as Socket | null, stderr as Socket | null];
    for (const handle of handles) {
      if (held) handle?.ref();
      else handle?.unref();
    }
  }
}

/** The child is where hostile bytes are: its answer is read like any text from outside. */
function replyOf(head: unknown, bytes: Uint8Array): CompileReply {
  if (typeof head !== 'object' || head === null || !('ok' in head))
    return { kind: 'crash', cause: 'an answer of another form' };
  if (head.ok === true) return { kind: 'code', code: bytes };
  const reason = printable('reason' in head ? String(head.reason) : '');
  return memoryWords.test(reason) ? { kind: 'memory' } : { kind: 'refused', reason };
}

function printable(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, compilerLimits.reasonCharactersMax);
}

/** Node prints where an error was thrown, the error, and its own version last. */
function lastLine(text: string): string | undefined {
  const lines = text.split('\n').map(printable);
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.findLast((line) => line !== '');
}
