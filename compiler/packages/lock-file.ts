/** aria.lock: which version of each dependency a project uses, by hash. The same versions give the same text. */
import { TomlError, parse } from 'smol-toml';
import { z } from 'zod';
import { rangeProblem } from '#wit/dependencies';
import { manifestSchema } from '#wit/manifest';
import { compareText } from '../check/diagnostic.ts';

/** The name of the file. */
export const lockName = 'aria.lock';
/** The version of the file's own form. */
const lockFormat = 1;
/** The longest lock file that is read, in bytes: 256 bundles have some 100 KiB. */
export const lockBytesMax = 1024 * 1024;
/** Bundles of a lock file: what a resolution chooses at most. */
const bundlesMax = 256;

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits, lower case');
const { name, version } = manifestSchema.shape;
const range = z.string().refine((text) => rangeProblem(text) === undefined, 'expected a range of semantic versions');

const bundleSchema = z.strictObject({
  name,
  version,
  /** BLAKE3 of the archive. */
  hash,
  manifest_hash: hash,
  /** Id of the key that signed it; absent for an unsigned one. */
  key: z
    .string()
    .regex(/^[0-9A-F]{16}$/, 'expected 16 hexadecimal digits, upper case')
    .optional(),
  dependencies: z.record(name, range).optional(),
});
const lockSchema = z.strictObject({
  format: z.literal(lockFormat),
  bundle: z.array(bundleSchema).max(bundlesMax).optional(),
});

/** A bundle of a lock file. */
export interface LockedBundle {
  readonly name: string;
  readonly version: string;
  /** BLAKE3 of the archive. */
  readonly hash: string;
  readonly manifestHash: string;
  /** Id of the key that signed it; absent for an unsigned one. Whether that key is trusted is for the host to say. */
  readonly keyId?: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** A lock file that cannot be read: why, and where. */
export interface LockProblem {
  readonly state: string;
  readonly line: number;
  readonly column: number;
}

/** Reads the text of a lock file. */
export function parseLock(text: string): readonly LockedBundle[] | LockProblem {
  const parsed = parseToml(text);
  if ('state' in parsed) return parsed;
  const read = lockSchema.safeParse(parsed.value);
  if (!read.success) {
    const [issue] = read.error.issues;
    return { state: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, line: 1, column: 1 };
  }
  const bundles = (read.data.bundle ?? []).map(
    ({ manifest_hash: manifestHash, key: keyId, dependencies = {}, ...facts }): LockedBundle => ({
      ...facts,
      manifestHash,
      ...(keyId === undefined ? {} : { keyId }),
      dependencies,
    }),
  );
  const twice = bundles.find((one, index) => bundles.findIndex((other) => other.name === one.name) < index);
  return twice === undefined ? bundles : { state: `"${twice.name}" is there twice`, line: 1, column: 1 };
}

function parseToml(text: string): { readonly value: unknown } | LockProblem {
  try {
    return { value: parse(text) };
  } catch (error) {
    const { line, column } = error instanceof TomlError ? error : { line: 1, column: 1 };
    return { state: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), line, column };
  }
}

/** The text of a lock file, in the order of names. No time and no place is in it, so that it differs only where the bundles do. */
export function printLock(bundles: readonly LockedBundle[]): string {
  const sorted = bundles.toSorted((a, b) => compareText(a.name, b.name));
  return ['# Written by arc install: keep it with the project, and do not edit it.', `format = ${lockFormat}`]
    .concat(sorted.flatMap(linesOf), '')
    .join('\n');
}

/** Names, versions, hashes and ranges are printable ASCII, which TOML writes as JSON does. */
function linesOf(bundle: LockedBundle): readonly string[] {
  const dependencies = Object.entries(bundle.dependencies)
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([dependency, wanted]) => `${dependency} = ${JSON.stringify(wanted)}`);
  return [
    '',
    '[[bundle]]',
    `name = ${JSON.stringify(bundle.name)}`,
    `version = ${JSON.stringify(bundle.version)}`,
    `hash = ${JSON.stringify(bundle.hash)}`,
    `manifest_hash = ${JSON.stringify(bundle.manifestHash)}`,
    ...(bundle.keyId === undefined ? [] : [`key = ${JSON.stringify(bundle.keyId)}`]),
    ...(dependencies.length === 0 ? [] : [`dependencies = { ${dependencies.join(', ')} }`]),
  ];
}
