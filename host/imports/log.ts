/** `aria:host/log`: lines are not operations, they leave with the turn. Only their amount is watched. */

/** Lines of one call, so that a flood of empty ones is bounded too. */
export const logLinesMax = 10_000;

/** What a call may still log. */
export class LogBudget {
  #bytes: number;
  #lines = logLinesMax;

  constructor(bytesMax: number) {
    this.#bytes = bytesMax;
  }

  /** Counts a line; where it does not fit as a whole, gives its bytes, which are dropped. */
  spend(message: string, fields: string | undefined): number | undefined {
    const bytes = Buffer.byteLength(message) + (fields === undefined ? 0 : Buffer.byteLength(fields));
    if (bytes > this.#bytes || this.#lines === 0) return bytes;
    this.#bytes -= bytes;
    this.#lines -= 1;
    return undefined;
  }
}
