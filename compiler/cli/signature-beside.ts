/** The signature beside a bundle's file, as it can be shown: whose it is, what it says, and whether that is known to be true. */
import { CodedError } from '#wit/errors';
import { type Signature, parseBundleComment, parseSignature, signatureTextBytesMax } from '#wit/minisign';
import { type KeyRing, type SignedBundle, verifyBundle } from '#wit/trust';
import { signatureFileRefused } from './key-errors.ts';
import { readSmallFile } from './small-file.ts';

/** What a signature says of a bundle. */
export interface ShownSignature {
  readonly keyId: string;
  /** The name under which `$ARIA_HOME/trust` knows the key, whether it counts or not. */
  readonly key: string | undefined;
  readonly sequence: number;
  readonly trustedComment: string;
  /** Why it could not be verified; absent where it is true, and by a key that counts. */
  readonly unverified: { readonly code: string; readonly state: string } | undefined;
}

/** A bundle with the text beside it. */
export interface BundleWithSignature {
  readonly archive: Uint8Array;
  readonly bundle: SignedBundle;
  readonly text: string;
}

/** The text of `FILE.minisig`; `undefined` where there is none. @throws {CodedError} `SIGNATURE_MALFORMED` for a file that is no text of the size of one. */
export async function readSignatureBeside(path: string, shown: string): Promise<string | undefined> {
  const file = await readSmallFile(`${path}.minisig`, signatureTextBytesMax);
  if (file.kind === 'refused') throw signatureFileRefused(`${shown}.minisig`, file.state);
  return file.kind === 'read' ? file.text : undefined;
}

/**
 * Verifies as far as the keys go: a key that does not count here is told, and no failure, since whose keys count is each host's own affair.
 * @throws {CodedError} `SIGNATURE_INVALID`, `SIGNATURE_MISMATCH`, `SIGNATURE_MALFORMED`, `SIGNATURE_LEGACY` for one that nobody should believe.
 */
export function showSignature(signed: BundleWithSignature, openRing: () => KeyRing): ShownSignature {
  const { archive, bundle, text } = signed;
  const signature = parseSignature(text);
  const { keyId, trustedComment } = signature;
  // Whoever signed: a comment that names another bundle is wrong.
  const { sequence } = commentOf(signature, bundle);
  const known = ringOrFault(openRing);
  const facts = { keyId, key: undefined, sequence, trustedComment };
  if (known instanceof CodedError) return { ...facts, unverified: faultOf(known) };
  const named = { ...facts, key: known.find(keyId)?.name };
  try {
    verifyBundle(archive, () => bundle, { signature: text, ring: known });
    return { ...named, unverified: undefined };
  } catch (thrown) {
    if (thrown instanceof CodedError && ['SIGNATURE_UNTRUSTED', 'SIGNATURE_REVOKED'].includes(thrown.code))
      return { ...named, unverified: faultOf(thrown) };
    throw thrown;
  }
}

function commentOf(signature: Signature, { name, version, manifestHash }: SignedBundle): { readonly sequence: number } {
  const comment = parseBundleComment(signature.trustedComment);
  if (comment.bundle === name && comment.version === version && comment.manifestHash === manifestHash) return comment;
  const same = comment.bundle === name && comment.version === version;
  throw new CodedError('SIGNATURE_MISMATCH', {
    message: `Cannot believe the signature beside the bundle: it is of ${same ? 'other content of the same version' : `"${comment.bundle}" ${comment.version}`}`,
    details: { keyId: signature.keyId, signed: { name: comment.bundle, version: comment.version } },
  });
}

/** A directory of keys with a fault in it trusts nobody; the bundle can be shown all the same. */
function ringOrFault(openRing: () => KeyRing): KeyRing | CodedError {
  try {
    return openRing();
  } catch (thrown) {
    if (thrown instanceof CodedError) return thrown;
    throw thrown;
  }
}

function faultOf({ code, message }: CodedError): { readonly code: string; readonly state: string } {
  return { code, state: message.replace(/^Cannot trust the signature: /, '') };
}
