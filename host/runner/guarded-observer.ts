/** What a call tells its observer, so that a fault of the observer stays its own. */
import type { CallObserver } from '#wit/interfaces';

/** Passes on what the observer is told until it throws; from then on nothing. */
export function guardedObserver(observer: CallObserver): CallObserver {
  let listening = true;
  const tell = (say: () => void): void => {
    if (!listening) return;
    try {
      say();
    } catch {
      // The call's outcome has all of it; a half-told progress would only mislead.
      listening = false;
    }
  };
  return {
    log: (line) => tell(() => observer.log(line)),
    operation: (finished) => tell(() => observer.operation(finished)),
  };
}
