/** Bundles of a host: versions, uploads, upgrades that wait for an approval. */
import type { BundleDiff } from '#wit/diff';
import type { Provenance } from './components.ts';
import type { RequestOptions } from './calls.ts';

/**
 * Where a version stands. `installed`: verified and kept; `waiting`: an upgrade that asks for more than was granted; `active`: its tools are called;
 * `quarantined`: its content is corrupt.
 */
export type VersionState = 'installed' | 'waiting' | 'active' | 'quarantined';

/** A version of a bundle in the store. */
export interface BundleVersion {
  readonly name: string;
  readonly version: string;
  readonly state: VersionState;
  readonly provenance: Provenance;
  readonly archiveBytes: number;
  readonly tools: number;
  /** Why it is quarantined. */
  readonly reason?: string;
}

/** What is uploaded. */
export interface UploadContent {
  /** File name, for people. */
  readonly name: string;
  readonly size: number;
  /** BLAKE3 of the archive: names the upload, so that one that was cut goes on. */
  readonly hash: string;
  /** The whole text of the signature file. */
  readonly signature?: string;
  /** The bytes from an offset to the end, in pieces of any size; may be called again after a cut. */
  readonly read: (offset: number) => AsyncIterable<Uint8Array>;
}

/** What goes with an upload. */
export interface UploadOptions extends RequestOptions {
  /** Takes a version with a lower sequence number than the host has seen. Of administrators only. */
  readonly allowDowngrade?: boolean;
  /** Hears of bytes that the host has. */
  readonly progress?: (sent: number) => void;
}

/** What an installation came to. */
export interface InstallResult {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly state: VersionState;
  /** What was active before. */
  readonly previousVersion?: string;
  /** The upgrade that waits, as in `aria approve ID`; with state `waiting`. */
  readonly upgrade?: Upgrade;
  /** The host had exactly this version already. */
  readonly unchanged: boolean;
}

/** What a version asks for beyond what was granted. */
export interface Upgrade {
  /** `upgrade-…` */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  /** The active version that it would replace. */
  readonly previousVersion?: string;
  /** Tokens that nothing granted covers; sorted. */
  readonly newTokens: readonly string[];
  /** Limits and budgets that grow, as sentences. */
  readonly grownLimits: readonly string[];
  /** What differs from the active version; absent on a first install. */
  readonly diff?: BundleDiff;
  readonly requestedAtMs: number;
}

/** Which version became active. */
export interface ActivationResult {
  readonly name: string;
  readonly version: string;
  readonly previousVersion?: string;
}
