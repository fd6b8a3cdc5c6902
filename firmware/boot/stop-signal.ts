/** From signals of the system to the two ways of stopping: first with what runs, then at once. */

/** The two ways, each aborted once it is wanted; both by the second signal. */
export interface StopSignal extends Disposable {
  /** Take nothing new; what runs may end. Its reason is the name of the signal. */
  readonly drain: AbortSignal;
  /** Leave now; what runs is lost. */
  readonly now: AbortSignal;
}

/** The part of a process that tells of signals. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** An interrupt that a terminal sends to all and a starter forwards comes twice; a person needs longer. Milliseconds. */
const againMs = 500;

/**
 * Listens from now on, and no longer once it is disposed.
 * @param elapsedMs of a clock that nobody sets.
 */
export function listenForStop(source: SignalSource, elapsedMs: () => number): StopSignal {
  const drain = new AbortController();
  const now = new AbortController();
  let firstMs = 0;
  const listeners = signals.map((name) => {
    const listener = (): void => {
      if (!drain.signal.aborted) {
        firstMs = elapsedMs();
        drain.abort(name);
      } else if (elapsedMs() - firstMs >= againMs) now.abort(name);
    };
    source.on(name, listener);
    return [name, listener] as const;
  });
  return {
    drain: drain.signal,
    now: now.signal,
    [Symbol.dispose]() {
      for (const [name, listener] of listeners) source.off(name, listener);
    },
  };
}
