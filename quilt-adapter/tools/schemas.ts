/** What the container tools take and give. */
import { z } from 'zod';
import { containerStates } from '../runtime/container-runtime.ts';
import { ownLabelPrefix } from './session-containers.ts';
import { toolDefaults, toolMaxima } from './limits.ts';

const text = z.string().max(65_536);
const place = z.string().min(1).max(1_024).describe('An absolute path inside the container');
const command = z.array(text).min(1).max(256).describe('The program, by its absolute path, and its arguments');
const environment = z.record(z.string().min(1).max(128), text).describe('Variables of the process');
const container = z.string().min(1).max(toolMaxima.containerCharacters).describe('Its id or its name');
const target = z.strictObject({ container });

const mounts = z
  .array(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('tmpfs'), target: place, mebibytes: z.int().min(1).max(1_024) }),
      z.strictObject({
        kind: z.literal('volume'),
        volume: z.string().min(1).max(64),
        target: place,
        readOnly: z.boolean().default(true),
      }),
      z.strictObject({
        kind: z.literal('bind'),
        source: z.string().min(1).max(1_024).describe('A path of the machine; for administrators'),
        target: place,
        readOnly: z.boolean().default(true),
      }),
    ]),
  )
  .max(16);

const limits = z.strictObject({
  memoryMiB: z.int().min(32).max(2_048).optional(),
  cpus: z.number().min(0.05).max(4).optional(),
  processes: z.int().min(16).max(1_024).optional(),
  temporaryMiB: z.int().min(1).max(1_024).optional().describe('Of /tmp, which is in memory'),
});

const isolation = {
  image: z.string().min(1).max(1_024).default('bun').describe('"bun", or a root directory that the host allows'),
  environment: environment.default({}),
  workingDirectory: place.default('/'),
  mounts: mounts.default([]),
  limits: limits.default({}),
  network: z.boolean().default(false).describe('Sockets of the network families; wants a net token'),
  subprocesses: z.boolean().default(true).describe('Whether it may start other programs'),
};

/** `createContainer`. */
export const createInput = z.strictObject({
  name: z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9][A-Za-z0-9_-]{0,${toolMaxima.nameCharacters - 1}}$`),
      `must be 1 to ${toolMaxima.nameCharacters} letters, digits, "_" or "-", with a letter or digit first`,
    )
    .optional(),
  command,
  ...isolation,
  labels: z
    .record(
      z
        .string()
        .min(1)
        .max(256)
        .refine((label) => !label.startsWith(ownLabelPrefix), `must not begin with "${ownLabelPrefix}"`),
      z.string().max(256),
    )
    .default({}),
  start: z.boolean().default(true),
});
/** `executeContainerWorkload`. */
export const workloadInput = z.strictObject({
  command,
  ...isolation,
  timeoutMs: z.int().min(1).max(toolMaxima.executeTimeoutMs).default(toolDefaults.executeTimeoutMs),
});
/** Tools that need no more than a container. */
export const targetInput = target;
/** Tools that need nothing. */
export const nothingInput = z.strictObject({});
/** `execInContainer`. */
export const executeInput = z.strictObject({
  container,
  command,
  environment: environment.default({}),
  workingDirectory: place.default('/'),
  timeoutMs: z.int().min(1).max(toolMaxima.executeTimeoutMs).default(toolDefaults.executeTimeoutMs),
});
/** `stopContainer`. */
export const stopInput = z.strictObject({
  container,
  timeoutMs: z
    .int()
    .min(0)
    .max(toolMaxima.stopTimeoutMs)
    .default(toolDefaults.stopTimeoutMs)
    .describe('From TERM to KILL'),
});
/** `removeContainer`. */
export const removeInput = z.strictObject({
  container,
  force: z.boolean().default(false).describe('Kills it first if it runs'),
});
/** `listContainers`. */
export const listInput = z.strictObject({ state: z.enum(containerStates).optional() });
/** `getContainerLogs`. */
export const logsInput = z.strictObject({
  container,
  tail: z.int().min(1).max(toolMaxima.logLines).default(toolDefaults.logLines),
});

const bytes = z.int().min(0);
const milliseconds = z.number();

/** A container as its session sees it. */
export const containerOutput = z.strictObject({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  state: z.enum(containerStates),
  exitCode: z.int().optional(),
  cause: z.string().optional(),
  createdAtMs: milliseconds,
  startedAtMs: milliseconds.optional(),
  exitedAtMs: milliseconds.optional(),
  labels: z.record(z.string(), z.string()),
});
/** `listContainers`. */
export const listOutput = z.strictObject({ containers: z.array(containerOutput) });
/** `removeContainer`; false: there was none, as after an earlier removal. */
export const removeOutput = z.strictObject({ removed: z.boolean() });
/** `execInContainer`. */
export const executeOutput = z.strictObject({
  exitCode: z.int().optional(),
  signal: z.string().optional(),
  stdout: z.string(),
  stderr: z.string(),
  /** Of either, over the maximum. */
  bytesDropped: bytes,
});
/** `executeContainerWorkload`. */
export const workloadOutput = executeOutput.extend({ container: z.string(), durationMs: milliseconds });
/** `getContainerLogs`. */
export const logsOutput = z.strictObject({
  lines: z.array(
    z.strictObject({ atMs: milliseconds, stream: z.enum(['stdout', 'stderr', 'runtime']), text: z.string() }),
  ),
  /** Lines that there was no room for in this answer: the oldest. */
  linesLeftOut: z.int().min(0),
});
/** `getSystemMetrics`. */
export const metricsOutput = z.strictObject({
  atMs: milliseconds,
  cpuCount: z.int(),
  loadAverage: z.array(z.number()),
  memoryBytes: bytes,
  memoryBytesUsed: bytes,
  containersTotal: z.int(),
  containersRunning: z.int(),
  containers: z.array(
    z.strictObject({
      id: z.string(),
      cpuMs: z.number().optional(),
      memoryBytes: bytes.optional(),
      memoryBytesPeak: bytes.optional(),
      memoryBytesMax: bytes.optional(),
      processes: z.int().optional(),
      readBytes: bytes.optional(),
      writtenBytes: bytes.optional(),
    }),
  ),
});
/** `getContainerNetworkInfo`. */
export const networkOutput = z.strictObject({
  id: z.string(),
  mode: z.enum(['none', 'proxy', 'bridge']),
  address: z.string().optional(),
  allowed: z.array(z.string()),
});
/** `getNetworkTopology`. */
export const topologyOutput = z.strictObject({ networks: z.array(networkOutput) });
