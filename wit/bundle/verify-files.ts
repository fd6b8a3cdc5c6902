/** Whether files are exactly those of a manifest. Reader and writer share it, so that what is written can be read. */
import type { Manifest, ManifestFile } from '#wit/manifest';
import { bundleCorrupt, entryRefused, hashMismatch } from './errors.ts';
import { hashBytes } from './hash.ts';

/** The files that a manifest names, by path. */
export function filesOfManifest(manifest: Manifest): ReadonlyMap<string, ManifestFile> {
  const files = new Map<string, ManifestFile>();
  for (const { source, sourceMap, inputSchema, outputSchema, component } of manifest.tools) {
    for (const file of [source, sourceMap, inputSchema, outputSchema]) files.set(file.path, file);
    if (component?.path === undefined) continue;
    const { path, hash, size } = component;
    files.set(path, { path, hash, size });
  }
  return files;
}

/**
 * Checks that the names and sizes are the manifest's, neither more nor fewer.
 * @throws {CodedError} `BUNDLE_ENTRY_REFUSED`, `BUNDLE_CORRUPT` or `BUNDLE_HASH_MISMATCH`.
 */
export function verifySizes(files: ReadonlyMap<string, ManifestFile>, sizes: ReadonlyMap<string, number>): void {
  for (const [name, size] of sizes) {
    const file = files.get(name);
    if (file === undefined) throw entryRefused(name, 'is not named by the manifest');
    if (file.size !== size) throw hashMismatch(name, { name: 'size', expected: file.size, found: size });
  }
  for (const name of files.keys()) {
    if (!sizes.has(name)) throw bundleCorrupt(`"${name}" is missing, which its manifest names`);
  }
}

/** @throws {CodedError} `BUNDLE_HASH_MISMATCH`. */
export function verifyHash({ path, hash }: ManifestFile, bytes: Uint8Array): void {
  const found = hashBytes(bytes);
  if (found !== hash) throw hashMismatch(path, { name: 'hash', expected: hash, found });
}
