/** Runs a tool's top level on the template, in a worker with limits, and gives the memory after it. */
import { Worker } from 'node:worker_threads';
import { interfaceOrder } from '#wit/host-package';
import { rebuildCancelled, topLevelFailed, topLevelOverran, topLevelTrapped } from './errors.ts';
import type { LoadReply, LoadRequest, Reading } from './load-worker.ts';
import { type Template, templateModule } from './template.ts';

/** What is loaded, and what it may cost. */
export interface SnapshotOptions {
  readonly template: Template;
  /** The source as CommonJS. */
  readonly source: string;
  /** Names the tool in errors, and its file in stacks. */
  readonly name: string;
  readonly imports: readonly string[];
  readonly memoryBytesMax: number;
  /** For the top level as a whole. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Native stack of the worker: the engine's own check (512 KiB of shadow stack) has to strike before V8's does. */
const stackMiB = 64;

/** Compiled templates that are kept, one for each size of memory: 2 MB each. */
const modulesMax = 8;
const modules = new Map<string, Promise<WebAssembly.Module>>();

function compiledTemplate(template: Template, memoryBytesMax: number): Promise<WebAssembly.Module> {
  const key = `${template.hash} ${memoryBytesMax}`;
  let module = modules.get(key);
  if (!module) {
    module = WebAssembly.compile(templateModule(template, memoryBytesMax) as Uint8Array<ArrayBuffer>);
    modules.set(key, module);
    module.catch(() => modules.delete(key));
    const [oldest] = modules.keys();
    if (modules.size > modulesMax && oldest !== undefined) modules.delete(oldest);
  }
  return module;
}

let idle: Worker | undefined;

function startWorker(): Worker {
  const worker = new Worker(new URL('load-worker.ts', import.meta.url), { resourceLimits: { stackSizeMb: stackMiB } });
  // One that fails while nobody waits for it is no loss: the next tool starts another, and says what is wrong.
  worker.on('error', () => {
    if (idle === worker) idle = undefined;
  });
  return worker;
}

function takeWorker(): Worker {
  const worker = idle ?? startWorker();
  idle = undefined;
  worker.ref();
  return worker;
}

/** Starts the worker and, once the template is there, compiles it: what the first tool of a process would wait for. */
export function prepareSnapshot(template: Promise<Template>, memoryBytesMax: number): void {
  if (!idle) {
    const worker = (idle = startWorker());
    worker.unref();
  }
  template.then((loaded) => compiledTemplate(loaded, memoryBytesMax)).catch(() => undefined);
}

/** Keeps one worker for the next tool; it does not keep the process alive. */
function returnWorker(worker: Worker): void {
  worker.unref();
  if (idle) void worker.terminate();
  else idle = worker;
}

/** The engine with the tool in it. */
export interface Snapshot {
  readonly memory: Uint8Array;
  /** What the top level read that differs from call to call; if it did, it runs in each call. */
  readonly readings: readonly Reading[];
}

/** The memory of the engine with the tool loaded. @throws {CodedError} `BUILD_FAILED`, `CANCELLED`. */
export async function snapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { template, source, name, imports, memoryBytesMax, deadlineMs, signal } = options;
  const module = await compiledTemplate(template, memoryBytesMax);
  if (signal?.aborted) throw rebuildCancelled(name);
  const interfaces = interfaceOrder.reduce(
    (bits, found, index) => (imports.includes(`aria:host/${found}@0.1.0`) ? bits | (1 << index) : bits),
    0,
  );
  const worker = takeWorker();
  const request: LoadRequest = { module, interfaces, source, name: `source/${name}.js` };
  const reply = await new Promise<LoadReply>((resolve, reject) => {
    const release = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      worker.off('error', fail);
      worker.off('message', succeed);
    };
    const end = (error: Error): void => {
      release();
      void worker.terminate();
      reject(error);
    };
    const abort = (): void => end(rebuildCancelled(name));
    const fail = (error: unknown): void =>
      end(topLevelTrapped(name, error instanceof Error ? error.message : String(error)));
    const succeed = (message: LoadReply): void => {
      release();
      returnWorker(worker);
      resolve(message);
    };
    const timer = setTimeout(() => end(topLevelOverran(name, deadlineMs)), deadlineMs);
    signal?.addEventListener('abort', abort, { once: true });
    worker.on('error', fail);
    worker.on('message', succeed);
    worker.postMessage(request);
  });
  if (reply.kind === 'failed') throw topLevelFailed(name, reply.failure);
  if (reply.kind === 'trapped') throw topLevelTrapped(name, reply.cause);
  return reply;
}
