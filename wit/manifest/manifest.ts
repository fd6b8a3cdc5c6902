/**
 * The manifest of a bundle, `manifest.json` in RFC 8785 form: what a host knows of a bundle before it runs anything of it.
 * Paths are those of the archive; hashes are BLAKE3, 64 hexadecimal digits, lower case.
 */
import { z } from 'zod';
import { parseToken, printToken, tokenCharactersMax } from '#wit/tokens';

/** The version of the manifest's own shape. */
export const manifestFormat = 1;
/** The tool ABI that this release speaks: the version of the WIT package `aria:host`. */
export const abiVersion = '0.1.0';

/** Defaults of the contract for what a decorator leaves out. */
export const toolDefaults = {
  /** Wall time of a call, waiting included. */
  timeoutMs: 30_000,
  /** Compute time of a call. */
  computeMs: 5_000,
  /** Linear memory of a call's instance. */
  memoryBytes: 64 * 1024 * 1024,
  retryCount: 0,
} as const;

/** Maxima of the manifest: a bundle beyond them is refused. */
export const manifestMaxima = {
  tools: 256,
  tokensPerTool: 64,
  importsPerTool: 32,
  descriptionCharacters: 4_096,
  timeoutMs: 24 * 60 * 60 * 1000,
  computeMs: 60 * 60 * 1000,
  memoryBytes: 4 * 1024 * 1024 * 1024 - 65_536,
  retryCount: 100,
} as const;

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits, lower case');
const semver = z
  .string()
  .max(128)
  .regex(
    /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/,
    'expected a semantic version such as 1.2.3',
  );
/** A bundle's name: lower case, digits and single dashes, at most 64 characters. */
const bundleName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'expected lower-case words joined by dashes');
/** A tool's name: what a model can call (OpenAI's and MCP's common ground). */
const toolName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'expected a letter, then letters, digits, _ or -; at most 64');
const text = z.string().refine((value) => value.isWellFormed(), 'expected well-formed Unicode');
const description = text.max(manifestMaxima.descriptionCharacters);
const token = z
  .string()
  .max(tokenCharactersMax)
  .refine(isCanonicalToken, 'expected a resource token kind:scope:mode in canonical form');

function isCanonicalToken(value: string): boolean {
  try {
    return printToken(parseToken(value)) === value;
  } catch {
    return false;
  }
}

const fileSchema = z.strictObject({
  path: z.string().min(1).max(256),
  hash,
  size: z.int().min(0),
});

const toolSchema = z.strictObject({
  name: toolName,
  description,
  engine: z.literal('quickjs'),
  substrate: z.literal('wasm'),
  tokens: z.array(token).max(manifestMaxima.tokensPerTool),
  /** Instances of `aria:host` that the component imports; sorted. */
  imports: z.array(z.string().regex(/^aria:host\/[a-z]+@\d+\.\d+\.\d+$/)).max(manifestMaxima.importsPerTool),
  timeoutMs: z.int().min(1).max(manifestMaxima.timeoutMs),
  computeMs: z.int().min(1).max(manifestMaxima.computeMs),
  memoryBytes: z
    .int()
    .min(1024 * 1024)
    .max(manifestMaxima.memoryBytes)
    .multipleOf(65_536),
  retryCount: z.int().min(0).max(manifestMaxima.retryCount),
  source: fileSchema,
  sourceMap: fileSchema,
  inputSchema: fileSchema,
  outputSchema: fileSchema,
  /** What the template of the manifest makes of the source; `path` only where the archive embeds it. */
  component: z.strictObject({ hash, size: z.int().min(8), path: z.string().min(1).max(256).optional() }),
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
  tools: z.array(toolSchema).min(1).max(manifestMaxima.tools),
});

/** A bundle's manifest. */
export type Manifest = z.infer<typeof manifestSchema>;
/** A tool in a manifest. */
export type ManifestTool = Manifest['tools'][number];
/** A file of the archive, with its hash. */
export type ManifestFile = z.infer<typeof fileSchema>;
