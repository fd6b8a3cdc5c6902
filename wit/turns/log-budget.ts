/** What a call may log. The agent keeps to it so that a flood does not fill the connection, the host because an agent may lie. */

/** Lines of one call, so that a flood of empty ones is bounded too. */
export const logLinesMax = 10_000;

/** What is left of it. */
export class LineBudget {
  #bytes: number;
  #lines = logLinesMax;

  constructor(bytesMax: number) {
    this.#bytes = bytesMax;
  }

  /** Counts a line of so many bytes of UTF-8; says whether it fits as a whole. */
  spend(bytes: number): boolean {
    if (bytes > this.#bytes || this.#lines === 0) return false;
    this.#bytes -= bytes;
    this.#lines -= 1;
    return true;
  }
}
