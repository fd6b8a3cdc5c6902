/** A place where bundles are published and found by name and version. A folder is one; what an OCI registry has to do is the same. */
import type { Bundle } from '#wit/bundle';
import type { AvailableVersion } from '#wit/dependencies';
import type { CodedError } from '#wit/errors';

/** A published version. It never changes; its content is named by hashes. */
export interface PackageVersion extends AvailableVersion {
  /** BLAKE3 of the archive. */
  readonly hash: string;
  readonly manifestHash: string;
  /** Of the archive, in bytes. */
  readonly size: number;
  /** Who signed it; absent for an unsigned one. */
  readonly signature?: { readonly keyId: string; /** BLAKE3 of the signature's text. */ readonly hash: string };
}

/** The versions of a name, and what of them cannot be used. */
export interface PackageVersions {
  /** The newest first. */
  readonly versions: readonly PackageVersion[];
  /** One for each version that is there and cannot be read; the others are none the worse for it. */
  readonly problems: readonly CodedError[];
}

/** The text of a signature file, and the key that it names. Whether the signature is true, and its key trusted, is for a host to say. */
export interface PackageSignature {
  readonly text: string;
  readonly keyId: string;
}

/** A bundle with its archive. */
export interface PackageContent {
  readonly archive: Uint8Array;
  /** What the archive holds, every byte verified. */
  readonly bundle: Bundle;
  readonly signature?: PackageSignature;
}

/** What publishing came to. */
export interface PublishOutcome {
  readonly version: PackageVersion;
  /** The same was published before. */
  readonly unchanged: boolean;
}

/** The registry. Every method may be called by many processes at the same time. */
export interface PackageRegistry {
  /** Where it is, for people. */
  readonly location: string;
  /** @throws {CodedError} `UNAVAILABLE` where the registry itself cannot be read. */
  versions(name: string): Promise<PackageVersions>;
  /**
   * The content of a version, every hash verified.
   * @throws {CodedError} `BUNDLE_CORRUPT` where it is not what was published; `UNAVAILABLE`.
   */
  fetch(version: PackageVersion): Promise<PackageContent>;
  /**
   * Publishes whole or not at all; what is published is never replaced.
   * @throws {CodedError} `BUNDLE_VERSION_TAKEN`; `IO_FAILED` where it cannot be written.
   */
  publish(content: PackageContent): Promise<PublishOutcome>;
}
