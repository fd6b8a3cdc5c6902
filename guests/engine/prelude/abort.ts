/** https://dom.spec.whatwg.org/#aborting-ongoing-activities */
import { Event, EventTarget } from './events.ts';
import { startTimer } from './timers.ts';

/* Only what has it can make a signal. */
const key = Symbol('AbortSignal');
let abortSignal: (signal: AbortSignal, reason: unknown) => void;

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown = undefined;
  #handler: ((event: Event) => unknown) | null | undefined;
  readonly #dependents: AbortSignal[] = [];

  static {
    abortSignal = (signal: AbortSignal, reason: unknown): void =>
      signal.#abort(reason === undefined ? aborted() : reason);
  }

  constructor(...args: readonly unknown[]) {
    if (args[0] !== key) throw new TypeError('Illegal constructor');
    super();
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(key);
    abortSignal(signal, reason);
    return signal;
  }

  static timeout(ms: number): AbortSignal {
    const delay = Number(ms);
    if (!Number.isFinite(delay) || delay < 0)
      throw new RangeError('The delay must be a finite number of milliseconds, 0 or more');
    const signal = new AbortSignal(key);
    startTimer(delay, () =>
      abortSignal(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    );
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const sources = Array.from(signals);
    const signal = new AbortSignal(key);
    const already = sources.find(({ aborted: isAborted }) => isAborted);
    if (already) abortSignal(signal, already.reason);
    else for (const source of sources) source.#dependents.push(signal);
    return signal;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get onabort(): ((event: Event) => unknown) | null {
    return this.#handler ?? null;
  }

  /* The handler keeps the place among the listeners that it had when there first was one. */
  set onabort(handler: ((event: Event) => unknown) | null) {
    const isFirst = this.#handler === undefined;
    this.#handler = typeof handler === 'function' ? handler : null;
    if (isFirst) this.addEventListener('abort', (event) => this.#handler?.call(this, event));
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  /* All dependents are aborted before the first event, so that no listener sees one that is not yet. */
  #abort(reason: unknown): void {
    if (this.#aborted) return;
    const all = this.#mark(reason);
    for (const signal of all) signal.dispatchEvent(new Event('abort'));
  }

  #mark(reason: unknown): AbortSignal[] {
    if (this.#aborted) return [];
    this.#aborted = true;
    this.#reason = reason;
    return [this, ...this.#dependents.splice(0).flatMap((dependent) => dependent.#mark(reason))];
  }
}

export class AbortController {
  readonly #signal = new AbortSignal(key);

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason?: unknown): void {
    abortSignal(this.#signal, reason);
  }
}

function aborted(): DOMException {
  return new DOMException('This operation was aborted', 'AbortError');
}
