/** Whether a signature of a bundle counts: by a key that does, over these bytes, and of this very bundle. */
import {
  type BundleComment,
  type Signature,
  parseBundleComment,
  parseSignature,
  verifySignature,
  verifyTrustedComment,
} from '#wit/minisign';
import { keyUnknown, notTrusted, signatureOfOther } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { type TrustedKey, maySign } from './trusted-key.ts';

/** The bundle that a signature has to be of. */
export interface SignedBundle {
  readonly name: string;
  readonly version: string;
  readonly manifestHash: string;
}

/** A signature that counts. */
export interface VerifiedSignature {
  readonly key: TrustedKey;
  readonly keyId: string;
  readonly sequence: number;
  readonly trustedComment: string;
}

/** The text of a signature file, and whose signatures count. */
export interface SignatureOf {
  readonly signature: string;
  readonly ring: KeyRing;
}

/**
 * Checks a signature over the bytes of an archive. The bundle is asked for only once the bytes are known to be those that were signed.
 * @throws {CodedError} `SIGNATURE_MALFORMED`, `SIGNATURE_LEGACY`, `SIGNATURE_UNTRUSTED`, `SIGNATURE_REVOKED`, `SIGNATURE_INVALID`, `SIGNATURE_MISMATCH`.
 */
export function verifyBundle(
  archive: Uint8Array,
  bundle: () => SignedBundle,
  { signature, ring }: SignatureOf,
): VerifiedSignature {
  const parsed = parseSignature(signature);
  const key = countingKey(parsed, ring);
  verifySignature(archive, parsed, key.publicKey);
  return verified(parsed, key, bundle());
}

/**
 * Checks it again without the archive: the signature over the comment, which names the manifest, and whether the key still counts.
 * @throws {CodedError} the same codes.
 */
export function recheckBundle(
  bundle: SignedBundle & { readonly sequence: number },
  { signature, ring }: SignatureOf,
): VerifiedSignature {
  const parsed = parseSignature(signature);
  const key = countingKey(parsed, ring);
  verifyTrustedComment(parsed, key.publicKey);
  const result = verified(parsed, key, bundle);
  if (result.sequence !== bundle.sequence)
    throw signatureOfOther('sequence number', { signed: String(result.sequence), found: String(bundle.sequence) });
  return result;
}

function countingKey({ keyId }: Signature, ring: KeyRing): TrustedKey {
  const key = ring.find(keyId);
  if (key === undefined) throw keyUnknown(keyId, ring.keys.length);
  const { name, standing } = key;
  const details = { keyId, key: name };
  switch (standing.kind) {
    case 'trusted':
      return key;
    case 'revoked':
      throw notTrusted('SIGNATURE_REVOKED', `its key "${name}" is revoked (${standing.reason})`, details);
    case 'unconfirmed':
      throw notTrusted('SIGNATURE_UNTRUSTED', `its key "${name}" does not count, since ${standing.reason}`, details);
  }
}

/** The comment is believed from here on: the key has signed it. */
function verified(signature: Signature, key: TrustedKey, bundle: SignedBundle): VerifiedSignature {
  const comment = parseBundleComment(signature.trustedComment);
  checkSame(comment, bundle);
  if (!maySign(key, bundle.name)) {
    const state = `its key "${key.name}" may not sign bundles called "${bundle.name}"`;
    throw notTrusted('SIGNATURE_UNTRUSTED', state, { keyId: signature.keyId, key: key.name, bundle: bundle.name });
  }
  return { key, keyId: signature.keyId, sequence: comment.sequence, trustedComment: signature.trustedComment };
}

function checkSame(comment: BundleComment, { name, version, manifestHash }: SignedBundle): void {
  if (comment.bundle !== name) throw signatureOfOther('bundle', { signed: comment.bundle, found: name });
  if (comment.version !== version) throw signatureOfOther('version', { signed: comment.version, found: version });
  if (comment.manifestHash !== manifestHash)
    throw signatureOfOther('manifest', { signed: comment.manifestHash, found: manifestHash });
}
