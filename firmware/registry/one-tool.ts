/** What a loaded tool needs of its bundle. */
import type { Bundle } from '#wit/bundle';
import type { ManifestTool } from '#wit/manifest';

/** A manifest and the files that it names. */
export type BundleContent = Pick<Bundle, 'manifest' | 'files'>;

/**
 * The bundle as if it had this tool only. A loaded tool keeps what it was loaded from, so its files are copies: the archive that they may be views
 * into, and the rest of the manifest, can go.
 */
export function withOneTool({ manifest, files }: BundleContent, tool: ManifestTool): BundleContent {
  const { source, sourceMap, inputSchema, outputSchema, component } = tool;
  const paths = [source.path, sourceMap.path, inputSchema.path, outputSchema.path, component.path];
  const { format, name, version, description, abi, template } = manifest;
  const kept = new Map<string, Uint8Array>();
  for (const path of paths) {
    const bytes = path === undefined ? undefined : files.get(path);
    if (path !== undefined && bytes) kept.set(path, bytes.slice());
  }
  return { manifest: { format, name, version, description, abi, template, tools: [tool] }, files: kept };
}
