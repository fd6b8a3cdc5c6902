/** The component of a tool in a bundle: the embedded one, or what this release's template makes of the source. */
import { type Rebuilt, loadTemplate } from '#guest-engine';
import type { Bundle } from '#wit/bundle';
import { CodedError } from '#wit/errors';
import type { ManifestTool } from '#wit/manifest';
import { type ComponentCacheSetup, cachedComponent } from './component-cache.ts';
import { componentHashWrong, componentMismatch, componentMissing, componentUnmade } from './errors.ts';

/** A bundle as `readBundle` gave it: the hashes of its files have been verified. */
type ReadBundle = Pick<Bundle, 'manifest' | 'files'>;

/**
 * The component to run. Made by another template than the manifest's, it has another hash than the manifest's.
 * @throws {CodedError} `COMPONENT_MISMATCH` where the manifest's own template makes another component; `BUILD_FAILED`; `CANCELLED`.
 */
export async function bundleComponent(
  bundle: ReadBundle,
  tool: ManifestTool,
  setup: ComponentCacheSetup,
): Promise<Pick<Rebuilt, 'component' | 'hash'>> {
  const { name, component } = tool;
  if (component === undefined) throw componentMissing(name);
  const embedded = component.path === undefined ? undefined : bundle.files.get(component.path);
  if (embedded !== undefined) return { component: embedded, hash: component.hash };
  const rebuilt = await rebuildTool(bundle, tool, setup);
  if (bundle.manifest.template === (await loadTemplate()).hash && rebuilt.hash !== component.hash)
    throw componentMismatch(name, { expected: component.hash, found: rebuilt.hash });
  return rebuilt;
}

/** What is known of the hash of a component, once it does not contradict the manifest. */
export type ComponentCheck =
  /** The tool runs in a container alone. */
  | 'none'
  /** In the archive, whose hashes have been verified. */
  | 'embedded'
  /** Made of the source, and what the manifest names. */
  | 'verified'
  /** The manifest names a template that this release does not have. */
  | 'other-template';

/**
 * Compares a component with the manifest. The top level of its source runs for that, in the guest engine's limited worker.
 * @throws {CodedError} `BUNDLE_HASH_MISMATCH` where it is another one, or none; `CANCELLED`.
 */
export async function checkComponent(
  bundle: ReadBundle,
  tool: ManifestTool,
  setup: ComponentCacheSetup,
): Promise<ComponentCheck> {
  const { name, component } = tool;
  if (component === undefined) return 'none';
  if (component.path !== undefined) return 'embedded';
  if (bundle.manifest.template !== (await loadTemplate()).hash) return 'other-template';
  const { hash } = await rebuildTool(bundle, tool, setup).catch((error: unknown) => {
    throw error instanceof CodedError && error.code === 'BUILD_FAILED' ? componentUnmade(name, error) : error;
  });
  if (hash !== component.hash) throw componentHashWrong(name, { expected: component.hash, found: hash });
  return 'verified';
}

async function rebuildTool(
  { files }: ReadBundle,
  { name, source, imports, memoryBytes }: ManifestTool,
  setup: ComponentCacheSetup,
): Promise<Rebuilt> {
  const text = new TextDecoder().decode(files.get(source.path));
  return cachedComponent(
    { template: await loadTemplate(), name, source: text, imports, memoryBytesMax: memoryBytes },
    setup,
  );
}
