/** Time, as this folder uses it. */
import { type Clock, systemClock } from '#wit/interfaces';

export type QuiltClock = Clock;
export const machineClock: QuiltClock = systemClock;
