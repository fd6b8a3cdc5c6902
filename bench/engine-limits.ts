/** Limits of the calls that go to the engine directly. */
export const engineLimits = {
  memoryBytesMax: 64 * 1024 * 1024,
  computeMsMax: 5_000,
  outputBytesMax: 1024 * 1024,
  logBytesMax: 65_536,
  operationsOpenMax: 100,
} as const;
