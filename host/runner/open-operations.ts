/**
 * The operations of one call that are open: started in the order of the guest, a limited number side by side, completions gathered until the
 * guest is resumed.
 */
import type { Caller, Completion, Operations, ReadyOperation, StartedOperation } from '#wit/interfaces';

interface Waiting {
  readonly operation: StartedOperation;
  readonly blobs: readonly Uint8Array[];
}

/** Maxima of one call. */
export interface OperationMaxima {
  readonly operationsParallelMax: number;
  /** Completions in one resume, and the blobs and bytes that they may hold. */
  readonly readyMax: number;
  readonly blobsMax: number;
  readonly blobBytesMax: number;
}

/** Leaving the scope aborts what is open. */
export class OpenOperations implements Disposable {
  readonly #operations: Operations;
  readonly #caller: Caller;
  readonly #maxima: OperationMaxima;
  readonly #running = new Map<number, AbortController>();
  readonly #waiting = new Map<number, Waiting>();
  /** Of the running ones, those that take one of the places side by side. */
  readonly #placed = new Set<number>();
  #ready: ReadyOperation[] = [];
  #wake: (() => void) | undefined;
  #filling = false;
  #stirred = false;
  /** `Operations.run` rejects only for bugs: the call's promise passes it on. */
  #bug: unknown;

  constructor(operations: Operations, caller: Caller, maxima: OperationMaxima) {
    this.#operations = operations;
    this.#caller = caller;
    this.#maxima = maxima;
  }

  /** Open operations, those that are ready for the guest included. */
  get size(): number {
    return this.#running.size + this.#waiting.size + this.#ready.length;
  }

  /** Takes the operations of a turn that has ended. */
  start(operations: readonly StartedOperation[], blobs: readonly Uint8Array[]): void {
    for (const operation of operations) {
      // A timer takes no place: it only waits.
      if (operation.name === 'timer.sleep') this.#run({ operation, blobs });
      else this.#waiting.set(operation.id, { operation, blobs });
    }
    this.#fill();
  }

  /** The guest has given operations up: what has not begun never does, what runs is aborted. */
  abandon(ids: readonly number[]): void {
    for (const id of ids) {
      this.#neverBegins(id);
      this.#running.get(id)?.abort();
      this.#forget(id);
      this.#ready = this.#ready.filter((ready) => ready.id !== id);
    }
    this.#fill();
  }

  /** The completions for the next resume; waits until there is one. None when `end` or `stir` was called meanwhile. */
  async nextReady(): Promise<readonly ReadyOperation[]> {
    if (this.#ready.length === 0 && this.#bug === undefined && !this.#stirred) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
      this.#wake = undefined;
    }
    this.#stirred = false;
    if (this.#bug !== undefined) throw this.#bug;
    return this.#ready.splice(0, this.#fitting());
  }

  /** The guest has something to say: `nextReady` ends now, or the next time. */
  stir(): void {
    this.#stirred = true;
    this.#wake?.();
  }

  /** Ends the waiting of `nextReady`. */
  end(): void {
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    for (const id of [...this.#waiting.keys()]) this.#neverBegins(id);
    for (const controller of this.#running.values()) controller.abort();
    this.#running.clear();
    this.#placed.clear();
    this.#ready = [];
    this.#wake?.();
  }

  /** With a signal that is aborted already, an operation only leaves its audit record. */
  #neverBegins(id: number): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    const { name, args } = waiting.operation;
    void this.#operations.run(this.#caller, name, args, waiting.blobs, AbortSignal.abort());
  }

  /** How many of the ready ones one resume may hold. */
  #fitting(): number {
    let blobs = 0;
    let bytes = 0;
    let count = 0;
    for (const { completion } of this.#ready.slice(0, this.#maxima.readyMax)) {
      const found = blobsOf(completion);
      blobs += found.length;
      bytes += found.reduce((sum, blob) => sum + blob.length, 0);
      // One always goes: its own size is the limit of its operation.
      if (count > 0 && (blobs > this.#maxima.blobsMax || bytes > this.#maxima.blobBytesMax)) break;
      count += 1;
    }
    return count;
  }

  /** Operations that settle at once make room while this loop still runs, and must not begin another. */
  #fill(): void {
    if (this.#filling) return;
    this.#filling = true;
    for (const [id, waiting] of this.#waiting) {
      if (this.#placed.size >= this.#maxima.operationsParallelMax) break;
      this.#waiting.delete(id);
      this.#placed.add(id);
      this.#run(waiting);
    }
    this.#filling = false;
  }

  #run({ operation: { id, name, args }, blobs }: Waiting): void {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const completion = this.#operations.run(this.#caller, name, args, blobs, controller.signal);
    if (completion instanceof Promise) {
      const fail = (bug: unknown): void => {
        this.#bug = bug;
        this.#wake?.();
      };
      completion.then((settled) => this.#settled(id, controller, settled), fail);
    } else this.#settled(id, controller, completion);
  }

  #settled(id: number, controller: AbortController, completion: Completion): void {
    if (controller.signal.aborted || this.#running.get(id) !== controller) return;
    this.#forget(id);
    this.#ready.push({ id, completion });
    this.#wake?.();
    this.#fill();
  }

  #forget(id: number): void {
    this.#running.delete(id);
    this.#placed.delete(id);
  }
}

function blobsOf(completion: Completion): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (value instanceof Uint8Array) found.push(value);
    else if (!ArrayBuffer.isView(value)) for (const item of Object.values(value)) visit(item);
  };
  if (completion.kind === 'ok') visit(completion.value);
  return found;
}
