/** A start that has an end, whatever becomes of it. */
import type { Clock } from './ports.ts';

/** What a start is bound by. */
export interface StartBounds<Item> {
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Aborted when nobody wants items any more. */
  readonly signal: AbortSignal;
  /** What it rejects with when the time is over. */
  timedOut(): Error;
  /** Takes what comes after the timeout: somebody has to end it. */
  onLate(item: Item): void;
}

/** Gives the item, or rejects with the start's failure, or what `timedOut` makes. */
export async function startWithin<Item extends object>(
  start: (signal: AbortSignal) => Promise<Item>,
  { timeoutMs, clock, signal, timedOut, onLate }: StartBounds<Item>,
): Promise<Item> {
  const end = new AbortController();
  const timer = new AbortController();
  const starting = start(AbortSignal.any([end.signal, signal]));
  const timeout = clock.sleep(timeoutMs, timer.signal).then((): undefined => undefined);
  try {
    const first = await Promise.race([starting, timeout]);
    if (first) return first;
  } finally {
    timer.abort();
  }
  const error = timedOut();
  end.abort(error);
  void starting.then(onLate, () => undefined);
  throw error;
}
