/** Times of the daemon are seconds in some messages and milliseconds in others, and 0 where there is none. */

/** Of each kind of message. */
const unitMs = { container: 1_000, log: 1_000, volume: 1_000, event: 1, metrics: 1, system: 1 } as const;
/** The last millisecond that a `Date` can be. */
const timeMsMax = 8.64e15;

/** Milliseconds since 1970; absent for 0 and for what is no time at all. */
export function timeMs(message: keyof typeof unitMs, value: number): number | undefined {
  const ms = value * unitMs[message];
  return Number.isFinite(ms) && ms > 0 && ms <= timeMsMax ? ms : undefined;
}
