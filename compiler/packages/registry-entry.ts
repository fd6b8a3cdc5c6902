/** What a registry says of a published version: one JSON file, in one spelling, with its own checksum. */
import { z } from 'zod';
import { hashBytes } from '#wit/bundle';
import { isVersion, rangeProblem } from '#wit/dependencies';
import { manifestSchema } from '#wit/manifest';
import { compareText } from '../check/diagnostic.ts';
import type { PackageContent, PackageVersion } from './package-registry.ts';

/** The largest entry that is read, in bytes: one of 64 dependencies has some 12 KiB. */
export const entryBytesMax = 64 * 1024;
/** The version of the entry's own form. */
const entryFormat = 1;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const { name, version } = manifestSchema.shape;

const entrySchema = z.strictObject({
  format: z.literal(entryFormat),
  name,
  version: version.refine(isVersion),
  hash,
  manifestHash: hash,
  size: z.int().min(1),
  signature: z.strictObject({ keyId: z.string().regex(/^[0-9A-F]{16}$/), hash }).optional(),
  dependencies: z.record(
    name,
    z.string().refine((text) => rangeProblem(text) === undefined),
  ),
  /** BLAKE3 of all before it, as `printEntry` writes that. */
  checksum: hash,
});

/** The facts of what is published. */
export function versionOf({ bundle, archive, signature }: PackageContent): PackageVersion {
  const { manifest, hash: archiveHash, manifestHash } = bundle;
  return {
    name: manifest.name,
    version: manifest.version,
    hash: archiveHash,
    manifestHash,
    size: archive.length,
    ...(signature === undefined
      ? {}
      : { signature: { keyId: signature.keyId, hash: hashBytes(new TextEncoder().encode(signature.text)) } }),
    dependencies: sorted(manifest.dependencies ?? {}),
  };
}

/** The text of an entry. */
export function printEntry(entry: PackageVersion): string {
  const { signature } = entry;
  const facts = {
    format: entryFormat,
    name: entry.name,
    version: entry.version,
    hash: entry.hash,
    manifestHash: entry.manifestHash,
    size: entry.size,
    ...(signature === undefined ? {} : { signature: { keyId: signature.keyId, hash: signature.hash } }),
    dependencies: sorted(entry.dependencies),
  };
  const checksum = hashBytes(new TextEncoder().encode(JSON.stringify(facts)));
  return `${JSON.stringify({ ...facts, checksum })}\n`;
}

/** Reads an entry; `undefined` for whatever `printEntry` would not have written. */
export function parseEntry(text: string): PackageVersion | undefined {
  const read = entrySchema.safeParse(parseJson(text));
  if (!read.success) return undefined;
  const { format: _format, checksum: _checksum, signature, ...facts } = read.data;
  const entry: PackageVersion = { ...facts, ...(signature === undefined ? {} : { signature }) };
  return printEntry(entry) === text ? entry : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sorted(dependencies: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(dependencies).toSorted(([a], [b]) => compareText(a, b)));
}
