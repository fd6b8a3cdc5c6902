/** The component of a tool in a bundle: the embedded one, or what this release's template makes of the source. */
import { type Rebuilt, loadTemplate } from '#guest-engine';
import type { Bundle } from '#wit/bundle';
import type { ManifestTool } from '#wit/manifest';
import { type ComponentCacheSetup, cachedComponent } from './component-cache.ts';
import { componentMismatch } from './errors.ts';

/** A component, and what is known of it. */
export interface BundleComponent extends Rebuilt {
  /**
   * `embedded`: from the archive, whose hashes have been verified. `verified`: rebuilt, and the one that the manifest names.
   * `other-template`: rebuilt on another template than the manifest's, so that its hash is a new one.
   */
  readonly origin: 'embedded' | 'verified' | 'other-template';
}

/**
 * @param bundle as `readBundle` gave it.
 * @throws {CodedError} `COMPONENT_MISMATCH` where the manifest's own template makes another component; `BUILD_FAILED`; `CANCELLED`.
 */
export async function bundleComponent(
  { manifest, files }: Pick<Bundle, 'manifest' | 'files'>,
  tool: ManifestTool,
  setup: ComponentCacheSetup,
): Promise<BundleComponent> {
  const { name, component, imports, memoryBytes } = tool;
  const embedded = component.path === undefined ? undefined : files.get(component.path);
  if (embedded !== undefined) return { component: embedded, hash: component.hash, origin: 'embedded' };
  const template = await loadTemplate();
  const source = new TextDecoder().decode(files.get(tool.source.path));
  const rebuilt = await cachedComponent({ template, name, source, imports, memoryBytesMax: memoryBytes }, setup);
  if (manifest.template !== template.hash) return { ...rebuilt, origin: 'other-template' };
  if (rebuilt.hash !== component.hash) throw componentMismatch(name, { expected: component.hash, found: rebuilt.hash });
  return { ...rebuilt, origin: 'verified' };
}
