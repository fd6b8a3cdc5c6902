/** Why the bundle store refuses. */
import { CodedError } from '#wit/errors';

/** A version as messages name it. */
export interface NamedVersion {
  readonly name: string;
  readonly version: string;
}

/** No version of the store has this hash. */
export function bundleNotFound(hash: string): CodedError {
  return new CodedError('BUNDLE_NOT_FOUND', {
    message: `Cannot find the bundle ${JSON.stringify(hash.slice(0, 64))}: the host has no version with this hash`,
    remedy: 'Run "aria bundles" to see the versions, or upload the bundle',
    details: { hash: hash.slice(0, 64) },
  });
}

/** Its content is not what was installed. */
export function bundleQuarantined({ name, version }: NamedVersion, reason: string): CodedError {
  return new CodedError('BUNDLE_QUARANTINED', {
    message: `Cannot use "${name}" ${version}: ${reason}`,
    remedy: 'Upload the same file again: that repairs it',
    details: { name, version, reason },
  });
}

/** Another bundle has its name and version. */
export function versionTaken({ name, version }: NamedVersion, hashes: { held: string; offered: string }): CodedError {
  return new CodedError('BUNDLE_VERSION_TAKEN', {
    message: `Cannot install "${name}" ${version}: the host has another bundle of this version, ${hashes.held.slice(0, 12)}, and this one is ${hashes.offered.slice(0, 12)}`,
    details: { name, version, ...hashes },
  });
}

/** Its sequence number is not above what was seen; `undefined` is that of an unsigned bundle. */
export function bundleDowngrade(
  { name, version }: NamedVersion,
  { sequence, highest }: { sequence: number | undefined; highest: number },
): CodedError {
  const state =
    sequence === undefined
      ? `it is unsigned, and a signed one of this name was seen (sequence ${highest})`
      : `its sequence number ${sequence} is not above ${highest}, the highest of this name that the host has seen`;
  return new CodedError('BUNDLE_DOWNGRADE', {
    message: `Cannot install "${name}" ${version}: ${state}`,
    details: { name, version, ...(sequence === undefined ? {} : { sequence }), highest },
  });
}

/** It is active. */
export function bundleInUse({ name, version }: NamedVersion): CodedError {
  return new CodedError('BUNDLE_IN_USE', {
    message: `Cannot remove "${name}" ${version}: it is active`,
    details: { name, version },
  });
}

/** The quota does not hold it, also after a collection. Numbers are bytes. */
export function quotaExceeded(
  { name, version }: NamedVersion,
  numbers: { needed: number; used: number; bytesMax: number },
): CodedError {
  const { needed, used, bytesMax } = numbers;
  return new CodedError('STORE_FULL', {
    message: `Cannot install "${name}" ${version}: it needs ${needed} bytes, ${used} of ${bytesMax} are used`,
    remedy: 'Remove versions that nobody needs, or raise store.bytes_max in aria.toml',
    details: { name, version, ...numbers },
  });
}

/** What `writeBundle` makes of its content is not the archive that was installed. */
export function archiveDiffers(
  { name, version }: NamedVersion,
  hashes: { expected: string; found: string },
): CodedError {
  return new CodedError('BUNDLE_HASH_MISMATCH', {
    message: `Cannot export "${name}" ${version}: packed again it is ${hashes.found.slice(0, 12)}, and ${hashes.expected.slice(0, 12)} was installed, which arc did not pack`,
    remedy: 'Build the bundle again with arc and upload that',
    details: { name, version, ...hashes },
  });
}

/** As many installs as may wait do. */
export function tooManyInstalls({ name, version }: NamedVersion, max: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot install "${name}" ${version}: ${max} others are waiting`,
    details: { name, version, max },
  });
}

/** It was closed. */
export function storeClosed(): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: 'Cannot use the bundle store: it is closed',
    remedy: 'Start the host again',
  });
}
