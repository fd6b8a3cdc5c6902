/** Versions of the store, as clients see them. */
import type { BundleVersion, Provenance, Upgrade, VersionState } from '#wit/api';
import type { Activation, StoredVersion } from './ports.ts';

/** Where a version comes from. `keyName`: under which its key is trusted. */
export function provenanceOf(
  { hash, manifestHash, keyId, sequence, installedAtMs }: StoredVersion,
  keyName: string | undefined,
): Provenance {
  const key = keyId === undefined ? {} : { key: { id: keyId, name: keyName ?? '' } };
  return { hash, manifestHash, ...key, sequence, installedAtMs };
}

/** A version in a list. */
export function bundleVersion(
  version: StoredVersion,
  {
    active,
    upgrades,
    keyName,
    tools,
  }: {
    readonly active: Activation | undefined;
    readonly upgrades: readonly Upgrade[];
    readonly keyName: string | undefined;
    readonly tools: number;
  },
): BundleVersion {
  const { name, archiveBytes, quarantined } = version;
  return {
    name,
    version: version.version,
    state: stateOf(version, active, upgrades),
    provenance: provenanceOf(version, keyName),
    archiveBytes,
    tools,
    ...(quarantined !== undefined && { reason: quarantined }),
  };
}

function stateOf(
  { hash, quarantined }: StoredVersion,
  active: Activation | undefined,
  upgrades: readonly Upgrade[],
): VersionState {
  if (quarantined !== undefined) return 'quarantined';
  if (active?.hash === hash) return 'active';
  return upgrades.some((upgrade) => upgrade.hash === hash) ? 'waiting' : 'installed';
}
