/** Defaults and maxima of the local runtime. */
import type { ContainerLimits } from '../containers/backend.ts';

const mebibyte = 1024 * 1024;

/** What a container may use where its request says nothing. */
export const containerDefaults: ContainerLimits = {
  memoryBytesMax: 256 * mebibyte,
  cpusMax: 1,
  processesMax: 128,
  openFilesMax: 1_024,
  temporaryBytesMax: 64 * mebibyte,
};

/** What a request may ask for at most. */
export const containerMaxima: ContainerLimits = {
  memoryBytesMax: 2_048 * mebibyte,
  cpusMax: 4,
  processesMax: 1_024,
  openFilesMax: 4_096,
  temporaryBytesMax: 1_024 * mebibyte,
};

/** The least with which Bun starts: 24 MiB and 7 threads, measured (facts/containers.md A1), and some room. */
export const containerMinima: ContainerLimits = {
  memoryBytesMax: 32 * mebibyte,
  cpusMax: 0.05,
  processesMax: 16,
  openFilesMax: 64,
  temporaryBytesMax: mebibyte,
};

/** What one runtime holds. */
export const runtimeLimits = {
  /** Containers that exist, in whatever state. */
  containersMax: 128,
  volumesMax: 256,
  /** Memory that all running containers may have together. */
  memoryBytesMax: 16 * 1_024 * mebibyte,
  /** Commands that run in one container at once. */
  executesMax: 8,
  /** Readers of events at once. */
  eventReadersMax: 256,
  /** Of a container's output: older bytes go. */
  logBytesMax: 256 * 1_024,
  /** Output that is read in a tenth of a second: whoever writes more waits, as at a slow terminal. */
  outputBytesPerTick: mebibyte,
  startTimeoutMs: 20_000,
  /** Longest time between `TERM` and `KILL` that may be asked for. */
  stopTimeoutMsMax: 300_000,
  /** From `KILL` to the end. */
  killTimeoutMs: 10_000,
  executeTimeoutMs: 30_000,
  executeTimeoutMsMax: 3_600_000,
} as const;

/** Numbers of `runtimeLimits`, some of them others. */
export type RuntimeLimits = Readonly<Record<keyof typeof runtimeLimits, number>>;

/** What fits into a request; a command line of Linux is at most 128 KiB for each argument. */
export const requestMaxima = {
  nameCharacters: 64,
  arguments: 256,
  argumentCharacters: 65_536,
  environmentVariables: 256,
  environmentCharacters: 65_536,
  pathCharacters: 1_024,
  mounts: 16,
  labels: 32,
  labelCharacters: 256,
} as const;

/** Quilt keeps as many. */
export const eventsKept = 1_000;
/** Lines that one question for logs may have. */
export const logLinesMax = 10_000;
