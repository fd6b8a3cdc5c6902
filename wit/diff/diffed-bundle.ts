/** From a bundle's files to what is compared. */
import type { Manifest } from '#wit/manifest';
import { parseJson } from '#wit/values';
import type { DiffedBundle } from './diff-bundles.ts';

/** What of a read bundle is compared. */
export interface ReadContents {
  readonly manifest: Manifest;
  /** By path in the archive. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of the archive, in bytes. */
  readonly size: number;
}

/** A bundle that has been read, as it is compared. */
export function diffedBundle({ manifest, files, size }: ReadContents): DiffedBundle {
  const schemas = new Map<string, unknown>();
  for (const { inputSchema, outputSchema } of manifest.tools) {
    for (const { path } of [inputSchema, outputSchema]) {
      const schema = parseSchema(files.get(path));
      if (schema !== undefined) schemas.set(path, schema.value);
    }
  }
  return { manifest, schemas, archiveSize: size };
}

function parseSchema(bytes: Uint8Array | undefined): { readonly value: unknown } | undefined {
  try {
    return bytes && { value: parseJson(new TextDecoder().decode(bytes)) };
  } catch {
    // Its hash fits, so it is what was packed, whatever that is; the comparison says that nothing is known of it.
    return undefined;
  }
}
