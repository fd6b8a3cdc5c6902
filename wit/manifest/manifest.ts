/**
 * The manifest of a bundle, `manifest.json` in RFC 8785 form: what a host knows of a bundle before it runs anything of it.
 * Paths are those of the archive; hashes are BLAKE3, 64 hexadecimal digits, lower case.
 */
import { z } from 'zod';
import { dependenciesSchema } from './dependencies.ts';
import { bundleName, componentName, description, retryCount, text, timeoutMs, token } from './fields.ts';
import { containerMinima, manifestFormat, manifestMaxima } from './limits.ts';
import { agentSchema, teamSchema } from './orchestration.ts';
import { pipelineSchema } from './pipeline.ts';
import { settingsSchema } from './settings.ts';

/** How a tool behaves when it is run again after a crash. */
export const toolEffects = ['pure', 'idempotent', 'reconcilable', 'at-most-once'] as const;

/** Whether a tool asks for a container although it would not need one. */
export const toolTrusts = ['trusted', 'untrusted'] as const;

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits, lower case');
const semver = z
  .string()
  .max(128)
  .regex(
    /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/,
    'expected a semantic version such as 1.2.3',
  );
/** The word for the kind of a tool. */
const toolType = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'expected a word of letters, digits, _ or -');

const fileSchema = z.strictObject({
  path: z.string().min(1).max(256),
  hash,
  size: z.int().min(0),
});

const resourcesSchema = z.strictObject({
  /** Cores. */
  cpus: z.number().min(containerMinima.cpus).max(manifestMaxima.cpus).optional(),
  /** Processes and threads; Bun itself has about ten. */
  processes: z.int().min(containerMinima.processes).max(manifestMaxima.processes).optional(),
  /** `/tmp`, which is in memory. */
  temporaryBytes: z.int().min(containerMinima.temporaryBytes).max(manifestMaxima.temporaryBytes).optional(),
});

/** What a container has a limit for beside memory and time. */
export const resourceNames = ['cpus', 'processes', 'temporaryBytes'] as const satisfies readonly (keyof z.infer<
  typeof resourcesSchema
>)[];

const toolSchema = z.strictObject({
  name: componentName,
  description,
  /** `quickjs`: the source runs in the guest engine, and in a container as well. `bun`: it needs what only a container has. */
  engine: z.enum(['quickjs', 'bun']),
  /** Where it runs unless the host's policy says otherwise. */
  substrate: z.enum(['wasm', 'container']),
  /** Why it is placed there, in words; absent where nothing speaks for a container. */
  placement: z
    .array(text.min(1).max(manifestMaxima.placementCharacters))
    .min(1)
    .max(manifestMaxima.placementReasons)
    .optional(),
  /** `untrusted`: its author asks for a container. */
  trust: z.enum(toolTrusts).optional(),
  /** Its source brings compiled code of the machine, which it loads; only with the engine `bun`. */
  native: z.literal(true).optional(),
  /** What a container of it may use beside memory; the host's defaults where absent. */
  resources: resourcesSchema.optional(),
  tokens: z.array(token).max(manifestMaxima.tokensPerTool),
  /** Instances of `aria:host` that the component imports; sorted. */
  imports: z.array(z.string().regex(/^aria:host\/[a-z]+@\d+\.\d+\.\d+$/)).max(manifestMaxima.importsPerTool),
  timeoutMs,
  computeMs: z.int().min(1).max(manifestMaxima.computeMs),
  memoryBytes: z
    .int()
    .min(1024 * 1024)
    .max(manifestMaxima.memoryBytes)
    .multipleOf(65_536),
  retryCount,
  /** Absent for `custom`. */
  type: toolType.optional(),
  /** How people ask for it in their own words. */
  nlp: description.min(1).optional(),
  /** How a run of it after a crash behaves; absent where its author does not say. */
  effect: z.enum(toolEffects).optional(),
  /** How long an output stands for the same input; absent where every call runs. */
  cache: z.strictObject({ ttlMs: z.int().min(1).max(manifestMaxima.cacheMs) }).optional(),
  source: fileSchema,
  sourceMap: fileSchema,
  inputSchema: fileSchema,
  outputSchema: fileSchema,
  /** What the template of the manifest makes of the source; `path` only where the archive embeds it. Absent for the engine `bun`. */
  component: z.strictObject({ hash, size: z.int().min(8), path: z.string().min(1).max(256).optional() }).optional(),
});

/** The shape of a manifest; what lies between its fields is checked by `parseManifest`. */
export const manifestSchema = z.strictObject({
  format: z.literal(manifestFormat),
  name: bundleName,
  version: semver,
  description,
  author: text.max(256).optional(),
  license: text.max(256).optional(),
  abi: z
    .string()
    .max(32)
    .regex(/^\d+\.\d+\.\d+$/, 'expected a version such as 0.1.0'),
  /** BLAKE3 of the guest engine's template. */
  template: hash,
  /** Ranges of the bundles that it needs, by name; absent where it needs none. */
  dependencies: dependenciesSchema.optional(),
  tools: z.array(toolSchema).max(manifestMaxima.tools),
  /** Absent where there are none. */
  agents: z.array(agentSchema).min(1).max(manifestMaxima.orchestrations).optional(),
  teams: z.array(teamSchema).min(1).max(manifestMaxima.orchestrations).optional(),
  pipelines: z.array(pipelineSchema).min(1).max(manifestMaxima.orchestrations).optional(),
  /** What aria.toml says for all of them; absent where it says nothing. */
  settings: settingsSchema.optional(),
});

/** A bundle's manifest. */
export type Manifest = z.infer<typeof manifestSchema>;
/** A tool in a manifest. */
export type ManifestTool = Manifest['tools'][number];
/** A file of the archive, with its hash. */
export type ManifestFile = z.infer<typeof fileSchema>;
