/** What is to happen later, by the clock that was passed in. */
import { type Clock, systemClock } from '#wit/interfaces';

export { type Clock, systemClock };

/** The longest time that a timer of the machine takes. */
const sleepMsMax = 2_147_483_647;

/** Calls `run` after `ms` milliseconds, unless it is disposed of before. */
export function after(clock: Clock, ms: number, run: () => void): Disposable {
  const cancelled = new AbortController();
  const { signal } = cancelled;
  void clock.sleep(Math.min(Math.max(0, ms), sleepMsMax), signal).then(() => {
    if (!signal.aborted) run();
  });
  return { [Symbol.dispose]: () => cancelled.abort() };
}
