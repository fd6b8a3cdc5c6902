/** A create is answered before anything has happened, and no event tells of a start or an end: the status is asked for, soon at first and then less often. */

const delayMsFirst = 20;
const delayMsMax = 200;
const growth = 1.5;

/** Milliseconds to wait before each further look, without end. */
export function* pollDelaysMs(): Generator<number, never> {
  let delayMs = delayMsFirst;
  for (;;) {
    yield Math.round(delayMs);
    delayMs = Math.min(delayMs * growth, delayMsMax);
  }
}
