/** `aria:host/timer`: waiting, by the clock of the host. Needs no token. */
import type { Clock } from '../clock.ts';
import { timerLimits } from '../limits.ts';
import type { Import } from './import.ts';

/** The operations of `timer`. `clear` is no operation: the engine reports it, and the runner aborts the wait. */
export function timerImports(clock: Clock): Record<'timer.sleep', Import> {
  return {
    'timer.sleep': {
      effect: 'pure',
      prepare: ([ms]) => ({ wanted: [], run: (_, signal) => clock.sleep(sleepMs(ms), signal) }),
    },
  };
}

/** As `setTimeout` does; the variant has no case for a wrong number. */
function sleepMs(ms: unknown): number {
  return typeof ms === 'number' && ms > 0 ? Math.min(ms, timerLimits.sleepMsMax) : 0;
}
