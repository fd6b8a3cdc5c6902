/** Whether a bundle may be installed, as far as names, versions and sequence numbers go. */
import type { SignedBy } from '../service/ports.ts';
import { bundleDowngrade, versionTaken } from './errors.ts';
import type { VersionContent, VersionIndex } from './version-index.ts';

/** What is to be installed. */
export interface InstallRequest {
  readonly content: VersionContent;
  /** Content by hash, each once. */
  readonly bytes: ReadonlyMap<string, Uint8Array>;
  readonly signedBy: SignedBy;
  readonly allowDowngrade: boolean;
}

/** What the store has of it: nothing, all, all but the newer signature, or content that is not its own any more. */
export type Admission = 'new' | 'held' | 'signed-again' | 'quarantined';

/**
 * Compares a request with the index.
 * @throws {CodedError} `BUNDLE_VERSION_TAKEN`, `BUNDLE_DOWNGRADE`.
 */
export function admitInstall(index: VersionIndex, request: InstallRequest): Admission {
  const { content, signedBy } = request;
  const held = index.version(content.hash)?.stored;
  if (held === undefined) {
    const other = index.hashOf(content.name, content.version);
    if (other !== undefined) throw versionTaken(content, { held: other, offered: content.hash });
    checkSequence(index, request);
    return 'new';
  }
  if (held.quarantined !== undefined) return 'quarantined';
  const newer = held.signature === undefined || signedBy.sequence >= held.sequence;
  const other = signedBy.signature !== undefined && signedBy.signature !== held.signature;
  return other && newer ? 'signed-again' : 'held';
}

/**
 * A number may come again only with the same content. Who has no signature has no number, and is admitted as long as its name never had one:
 * else whoever may upload unsigned bundles could put an old one in the place of a signed one.
 */
function checkSequence(index: VersionIndex, { content, signedBy, allowDowngrade }: InstallRequest): void {
  const highest = index.highestSequence(content.name);
  if (highest === undefined || allowDowngrade) return;
  const signed = signedBy.signature !== undefined;
  if (signed && (signedBy.sequence > highest.sequence || content.hash === highest.hash)) return;
  throw bundleDowngrade(content, {
    sequence: signed ? signedBy.sequence : undefined,
    highest: highest.sequence,
  });
}
