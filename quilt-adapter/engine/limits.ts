/** Defaults and maxima of the container engine. */

const mebibyte = 1024 * 1024;

/** What an engine may be told. */
export const containerEngineDefaults = {
  /** Calls open at the same time. Fewer than the pool may have containers, so that a call that calls another always finds room or hears that there is none. */
  callsOpenMax: 192,
  /** Calls that wait until fewer are open. None: they hear at once that there is no room. */
  callsWaitingMax: 0,
  /** How long each of them waits: less than most callers do. */
  callsWaitMs: 10_000,
  /** What Bun itself needs beside the tool: 30 MiB are resident in an idle one, and its collector works in as much again. */
  allowanceBytes: 64 * mebibyte,
  /** Containers of tools whose memory differs by less than this are of one kind. */
  memoryStepBytes: 16 * mebibyte,
  /** Cores, where the manifest names none. */
  cpus: 1,
  /** Processes and threads: Bun has 7 when it is idle, and makes more for work of its own. */
  processes: 64,
  /** The agent, standard streams, what a package opens. */
  openFiles: 1_024,
  /** `/tmp`, which counts as memory. */
  temporaryBytes: 64 * mebibyte,
  /** From the start of the process to the agent's first word: 30 ms where nothing else runs. */
  startTimeoutMs: 15_000,
  /** How often a turn that lasts is looked at: the compute deadline is exact to this, and most turns are over before. */
  watchMs: 20,
  /** The same of a call that waits for its operations: threads of a tool may compute meanwhile. */
  watchWaitingMs: 250,
  /** How long a container whose connection has ended may take to say why. */
  deathMs: 1_000,
  /** Memory of containers that wait. */
  poolBytes: 256 * mebibyte,
  /** Of an idle container, for the pool's budget: its private pages and its share of Bun's text. */
  idleBytes: 8 * mebibyte,
} as const;

/** See above. */
export type ContainerEngineLimits = { readonly [Name in keyof typeof containerEngineDefaults]: number };

/** What a turn may bring out: as for a WASM guest, by `wit/host/tool.wit`. */
export const turnMaxima = {
  blobsMax: 1_024,
  blobBytesMax: 32 * mebibyte,
  argumentBytesMax: 32 * mebibyte,
} as const;

/** Of the path of a socket: what the kernel has room for, without the zero at its end (unix(7)). */
export const socketBytesMax = 107;
/** Of standard output and error: a longer line is cut in pieces. */
export const outputLineBytesMax = 8 * 1024;
/** Words of a cause. */
export const causeCharactersMax = 500;
