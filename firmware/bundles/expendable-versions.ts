/** Which versions a collection lets go. */
import type { Activation, StoredVersion } from '../service/ports.ts';

/** What stays whatever its age. */
export interface Kept {
  readonly activations: readonly Activation[];
  /** Versions that calls in flight run on. */
  readonly held: ReadonlySet<string>;
  /** Inactive versions of a bundle. */
  readonly versionsKept: number;
}

/**
 * Hashes of inactive versions beyond `versionsKept` of their bundle, the oldest. What a rollback goes back to stays, and the newest version of a bundle does,
 * since it may be about to become active. Quarantined ones have a count of their own, so that they push no usable one out.
 * @param versions the newest of a bundle first.
 */
export function expendableVersions(
  versions: readonly StoredVersion[],
  { activations, held, versionsKept }: Kept,
): readonly string[] {
  const active = new Set(activations.map(({ hash }) => hash));
  const previous = new Set(activations.map(({ previousHash }) => previousHash));
  const counts = new Map<string, number>();
  const names = new Set<string>();
  return versions
    .filter(({ name, hash, quarantined }) => {
      const newest = !names.has(name);
      names.add(name);
      if (active.has(hash)) return false;
      const kind = `${name} ${quarantined === undefined}`;
      const rank = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, rank);
      return rank > versionsKept && !newest && !previous.has(hash) && !held.has(hash);
    })
    .map(({ hash }) => hash);
}
