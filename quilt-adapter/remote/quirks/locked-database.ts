/** Containers created at the same time find the daemon's SQLite locked (code 5, or 517): 13 of 20 were refused. Trying again ends well. */

const delayMsMin = 50;
const delayMsMax = 250;

/** Whether a create was refused only because of the others. */
export function isLocked(said: string): boolean {
  return /database is locked|\(code: (?:5|517)\)/i.test(said);
}

/** Until the next try; spread, so that those who collided do not collide again. `random`: from 0 up to and without 1. */
export function lockedDelayMs(random: () => number): number {
  return Math.round(delayMsMin + random() * (delayMsMax - delayMsMin));
}
