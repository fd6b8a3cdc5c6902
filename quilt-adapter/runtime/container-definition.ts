/** What a container is made of: a request that was checked, with everything said that it left out. */
import { z } from 'zod';
import type { ContainerLimits, ContainerProfile } from '../containers/backend.ts';
import type { ContainerRequest, RequestedMount } from './container-runtime.ts';
import { type RequestViolation, specInvalid } from './errors.ts';
import { containerDefaults, containerMaxima, containerMinima, requestMaxima } from './limits.ts';
import { isPlainPath, isWithin, targetProblem } from './mount-rules.ts';

/** See above. What a record of it holds, too. */
export interface ContainerDefinition {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly mounts: readonly RequestedMount[];
  readonly limits: ContainerLimits;
  readonly profile: ContainerProfile;
  readonly labels: Readonly<Record<string, string>>;
}

const withoutNul = (text: string): boolean => !text.includes('\0');
const nulMessage = 'must not contain NUL';
const argument = z.string().max(requestMaxima.argumentCharacters).refine(withoutNul, nulMessage);
const path = z
  .string()
  .max(requestMaxima.pathCharacters)
  .refine(isPlainPath, 'must be an absolute path without ".", ".." and empty parts');
const target = z
  .string()
  .max(requestMaxima.pathCharacters)
  .superRefine((text, context) => {
    const problem = targetProblem(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/** Names of containers and of volumes. */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'must be 1 to 64 letters, digits, "_", "." or "-", with a letter or digit first',
  );
/** An id that the runtime draws; no name looks like one. */
export const idPattern: RegExp = /^c-[0-9a-f]{24}$/;

function between(key: keyof ContainerLimits): z.ZodNumber {
  return z.number().min(containerMinima[key]).max(containerMaxima[key]);
}

const environmentSchema = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be a name of letters, digits and "_"'),
    z.string().refine(withoutNul, nulMessage),
  )
  .refine(
    (variables) => Object.keys(variables).length <= requestMaxima.environmentVariables,
    `must not have more than ${requestMaxima.environmentVariables} variables`,
  )
  .refine(
    (variables) => charactersOf(variables) <= requestMaxima.environmentCharacters,
    `must not have more than ${requestMaxima.environmentCharacters} characters`,
  );

const labelsSchema = z
  .record(z.string().min(1).max(requestMaxima.labelCharacters), z.string().max(requestMaxima.labelCharacters))
  .refine(
    (labels) => Object.keys(labels).length <= requestMaxima.labels,
    `must not have more than ${requestMaxima.labels} labels`,
  );

const mountSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bind'), source: path, target, readOnly: z.boolean() }),
  z.strictObject({ kind: z.literal('volume'), source: nameSchema, target, readOnly: z.boolean() }),
  z.strictObject({
    kind: z.literal('tmpfs'),
    target,
    bytesMax: z.int().min(containerMinima.temporaryBytesMax).max(containerMaxima.temporaryBytesMax),
  }),
]);

const requestSchema = z.strictObject({
  name: nameSchema.refine((name) => !idPattern.test(name), 'must not look like an id').optional(),
  image: z.string().min(1).max(requestMaxima.pathCharacters),
  command: z.array(argument).min(1).max(requestMaxima.arguments),
  environment: environmentSchema.default({}),
  workingDirectory: path.default('/'),
  mounts: z
    .array(mountSchema)
    .max(requestMaxima.mounts)
    .superRefine((mounts, context) => {
      for (const [index, { target: place }] of mounts.entries())
        if (mounts.some((other, at) => at < index && (isWithin(other.target, place) || isWithin(place, other.target))))
          context.addIssue({
            code: 'custom',
            path: [index, 'target'],
            message: 'must lie apart from the other targets',
          });
    })
    .default([]),
  limits: z
    .strictObject({
      memoryBytesMax: between('memoryBytesMax').int(),
      cpusMax: between('cpusMax'),
      processesMax: between('processesMax').int(),
      openFilesMax: between('openFilesMax').int(),
      temporaryBytesMax: between('temporaryBytesMax').int(),
    })
    .partial()
    .default({}),
  profile: z.strictObject({ network: z.boolean(), spawn: z.boolean() }).partial().default({}),
  labels: labelsSchema.default({}),
  start: z.boolean().default(true),
});

const definitionSchema = z.object({
  image: z.string(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  workingDirectory: z.string(),
  mounts: z.array(mountSchema),
  limits: z.object({
    memoryBytesMax: z.number(),
    cpusMax: z.number(),
    processesMax: z.number(),
    openFilesMax: z.number(),
    temporaryBytesMax: z.number(),
  }),
  profile: z.object({ network: z.boolean(), spawn: z.boolean() }),
  labels: z.record(z.string(), z.string()),
});

/** What a file keeps of a container. */
export const recordSchema = z.object({
  version: z.literal(1),
  id: z.string().regex(idPattern),
  name: nameSchema,
  createdAtMs: z.number(),
  definition: definitionSchema,
  state: z.enum(['created', 'starting', 'running', 'exited', 'failed']),
  exitCode: z.int().optional(),
  cause: z.string().optional(),
  startedAtMs: z.number().optional(),
  exitedAtMs: z.number().optional(),
});
export type ContainerRecord = z.infer<typeof recordSchema>;

/**
 * Checks a request.
 * @throws {CodedError} `CONTAINER_SPEC_INVALID`, with every place that is wrong.
 */
export function readRequest(request: ContainerRequest): {
  readonly name: string | undefined;
  readonly definition: ContainerDefinition;
  readonly start: boolean;
} {
  const read = requestSchema.safeParse(request);
  if (!read.success) throw specInvalid('create the container', violationsOf(read.error));
  const { name, start, limits, profile, ...rest } = read.data;
  return {
    name,
    start,
    definition: {
      ...rest,
      limits: { ...containerDefaults, ...dropUndefined(limits) },
      profile: { network: profile.network ?? false, spawn: profile.spawn ?? false },
    },
  };
}

/** The environment of a further command. @throws {CodedError} `CONTAINER_SPEC_INVALID`. */
export function readCommand(command: {
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}): {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
} {
  const read = commandSchema.safeParse(command);
  if (!read.success) throw specInvalid('run the command', violationsOf(read.error));
  return read.data;
}

const commandSchema = z.object({
  args: z.array(argument).min(1).max(requestMaxima.arguments),
  environment: environmentSchema.default({}),
  workingDirectory: path.default('/'),
});

/** The places of a value that zod found wrong. */
export function violationsOf({ issues }: z.ZodError): readonly RequestViolation[] {
  return issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
}

function charactersOf(variables: Readonly<Record<string, string>>): number {
  return Object.entries(variables).reduce((sum, [name, value]) => sum + name.length + value.length + 2, 0);
}

function dropUndefined(limits: {
  readonly [key in keyof ContainerLimits]?: number | undefined;
}): Partial<ContainerLimits> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
