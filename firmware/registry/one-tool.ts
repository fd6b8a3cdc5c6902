/** What a loaded tool needs of its bundle. */
import { type Bundle, filesOfManifest } from '#wit/bundle';
import type { Manifest, ManifestTool } from '#wit/manifest';

/** A manifest and the files that it names. */
export type BundleContent = Pick<Bundle, 'manifest' | 'files'>;

/**
 * The bundle as if it had this tool only. A loaded tool keeps what it was loaded from, so its files are copies: the archive that they may be views
 * into, and the rest of the manifest, can go.
 */
export function withOneTool({ manifest: whole, files }: BundleContent, tool: ManifestTool): BundleContent {
  const { format, name, version, description, abi, template } = whole;
  const manifest: Manifest = { format, name, version, description, abi, template, tools: [tool] };
  const kept = new Map<string, Uint8Array>();
  for (const path of filesOfManifest(manifest).keys()) {
    const bytes = files.get(path);
    if (bytes) kept.set(path, bytes.slice());
  }
  return { manifest, files: kept };
}
