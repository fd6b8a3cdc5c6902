/**
 * What active versions need of each other and do not find. An installation refuses such a version beforehand (`checkActive` of #wit/dependencies);
 * this tells what has become of those that are active, as after a dependency was quarantined or revoked.
 */
import { type ReferredKind, rangeFits } from '#wit/dependencies';
import { bundleFacts } from '#wit/manifest';
import type { ActiveBundle } from '../service/ports.ts';

/** Something that an active version needs and does not find. */
export interface BrokenReference {
  /** Who needs it: `name@version`. */
  readonly from: string;
  /** The bundle that is needed. */
  readonly bundle: string;
  /** What of it; absent where the bundle itself is the matter. */
  readonly component?: { readonly kind: ReferredKind; readonly qualifiedName: string };
  readonly why: 'bundle-not-active' | 'version-outside-range' | 'component-missing';
  /** For people, without a full stop. */
  readonly message: string;
  /** An imperative that the reader can carry out now. */
  readonly remedy: string;
}

/** Everything that active versions need and do not find, in the order of the bundles. */
export function brokenReferences(bundles: ReadonlyMap<string, ActiveBundle>): readonly BrokenReference[] {
  return [...bundles.values()].flatMap((bundle) => brokenOf(bundle, bundles));
}

function brokenOf({ manifest }: ActiveBundle, bundles: ReadonlyMap<string, ActiveBundle>): readonly BrokenReference[] {
  const { name, version, dependencies, references } = bundleFacts(manifest);
  const from = `${name}@${version}`;
  return Object.entries(dependencies).flatMap(([bundle, range]): readonly BrokenReference[] => {
    const found = bundles.get(bundle)?.manifest;
    if (!found)
      return [
        {
          from,
          bundle,
          why: 'bundle-not-active',
          message: `"${from}" needs "${bundle}" ${range}, and no version of it is active`,
          remedy: `Upload a version of "${bundle}" in ${range}`,
        },
      ];
    const broken: BrokenReference[] = [];
    if (!rangeFits(range, found.version))
      broken.push({
        from,
        bundle,
        why: 'version-outside-range',
        message: `"${from}" needs "${bundle}" ${range}, and the active one is ${found.version}`,
        remedy: `Upload a version of "${bundle}" in ${range}, or one of "${name}" that takes ${found.version}`,
      });
    const { components } = bundleFacts(found);
    for (const { kind, name: wanted, by } of references.filter((one) => one.bundle === bundle)) {
      if (components[kind].includes(wanted)) continue;
      const qualifiedName = `${bundle}/${wanted}`;
      broken.push({
        from,
        bundle,
        component: { kind, qualifiedName },
        why: 'component-missing',
        message: `${by} of "${from}" uses the ${kind} "${qualifiedName}", and ${found.version} has none of that name`,
        remedy: `Upload a version of "${bundle}" that has it, or one of "${name}" that does without`,
      });
    }
    return broken;
  });
}
