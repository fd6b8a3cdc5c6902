/** That one key vouches for the next. */
import { join } from 'node:path';
import { CodedError } from '#wit/errors';
import { type PublicKey, type Signature, commentFields, parseSignature, verifySignature } from '#wit/minisign';
import type { TrustFiles } from './read-directory.ts';
import type { Revocation } from './revocation.ts';

/** The signature over a public key's file. */
export interface Rotation {
  readonly signature: Signature;
  /** The file's text. */
  readonly message: string;
}

/** The rotation of a key, where it has one. @throws {CodedError} `SIGNATURE_MALFORMED`, `SIGNATURE_LEGACY`, naming the file. */
export function readRotation(name: string, { publicKeys, rotations, directory }: TrustFiles): Rotation | undefined {
  const [text, message] = [rotations.get(name), publicKeys.get(name)];
  if (text === undefined || message === undefined) return undefined;
  return { signature: parseSignature(text, join(directory, `${name}.pub.minisig`)), message };
}

/** Why a rotation does not count, or `undefined`. `old`: the key whose id the signature has. */
export function rotationProblem(
  { signature, message }: Rotation,
  old: { readonly name: string; readonly publicKey: PublicKey; readonly revocation: Revocation | undefined },
): string | undefined {
  try {
    verifySignature(Buffer.from(message), signature, old.publicKey);
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    return `its signature by "${old.name}" is not true`;
  }
  if (old.revocation === undefined) return undefined;
  const { sinceSec, reason } = old.revocation;
  const signedSec = signedAt(signature);
  if (sinceSec !== undefined && signedSec !== undefined && signedSec < sinceSec) return undefined;
  return `the key "${old.name}" that signed it is revoked (${reason})`;
}

function signedAt({ trustedComment }: Signature): number | undefined {
  try {
    const text = commentFields(trustedComment).get('timestamp') ?? '';
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    return undefined;
  }
}
