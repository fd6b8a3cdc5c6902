/** Whether a version may become active beside the others. */
import { checkActive, dependencyError } from '#wit/dependencies';
import { type Manifest, bundleFacts } from '#wit/manifest';
import type { ActiveBundle } from './ports.ts';

/** What is active, by name. */
interface Actives {
  bundles(): ReadonlyMap<string, ActiveBundle>;
}

/** Throws what would not work among the active versions: `BUNDLE_DEPENDENCY_…`, with a tree. */
export function dependencyCheck(registry: Actives): (manifest: Manifest) => void {
  return (manifest) => {
    const active = [...registry.bundles().values()].map((bundle) => bundleFacts(bundle.manifest));
    const problem = checkActive(bundleFacts(manifest), active);
    if (problem !== undefined) throw dependencyError(problem, `activate "${manifest.name}" ${manifest.version}`);
  };
}

/** Names of the active bundles that need one. */
export function dependentsOf(registry: Actives): (name: string) => readonly string[] {
  return (name) =>
    [...registry.bundles().values()]
      .filter(({ manifest }) => Object.hasOwn(manifest.dependencies ?? {}, name))
      .map(({ manifest }) => manifest.name);
}
