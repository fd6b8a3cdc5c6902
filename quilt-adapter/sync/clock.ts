/** The clock of leases, rates and waits: monotonic, so that nobody shortens or lengthens a lease by setting the time. */

/** Time, and an alarm. */
export interface SyncClock {
  /** Milliseconds since the machine's boot, fractions allowed. They go on over a restart of the process, since stored leases do. */
  nowMs(): number;
  /** Calls `run` once after about `delayMs`. @returns what cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** `performance.now()` counts from the start of the process, and is several times faster to read. */
const processStartMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The machine's monotonic clock. Its alarm does not keep a process alive. */
export const systemSyncClock: SyncClock = {
  nowMs: () => processStartMs + performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
