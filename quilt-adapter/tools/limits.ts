/** Defaults and maxima of the container tools. */

/** Of one session. */
export const sessionLimits = {
  /** Containers that a session may create at once; they come back over `createsPerMs`. */
  createsMax: 10,
  createsPerMs: 60_000,
  /** Containers that a session has at a time, in whatever state. */
  containersMax: 8,
  /** Sessions whose creates are remembered: one that is forgotten has had all of its creates back. */
  sessionsMax: 10_000,
} as const;

export const toolMaxima = {
  /** With what makes it a session's own it is at most as long as a runtime takes. */
  nameCharacters: 48,
  containerCharacters: 128,
  logLines: 1_000,
  /** Of one answer with log lines. */
  logCharacters: 1024 * 1024,
  stopTimeoutMs: 60_000,
  executeTimeoutMs: 600_000,
} as const;

export const toolDefaults = {
  stopTimeoutMs: 10_000,
  executeTimeoutMs: 30_000,
  logLines: 100,
} as const;

/** How long a workload waits for its container to run, as in the runtime that Aria replaces. */
export const runningWaitMs = 20_000;
/** Between two looks at a state: the first, and the longest. */
export const pollMs = 20;
export const pollMsMax = 200;
