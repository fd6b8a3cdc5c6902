/** Whether a signature is true, in the order of minisign: the key's id, the file, the trusted comment. */
import { type KeyObject, createPublicKey, verify } from 'node:crypto';
import { otherKey, signatureInvalid } from './errors.ts';
import type { PublicKey } from './public-key.ts';
import { commentMessage, prehash } from './sign.ts';
import type { Signature } from './signature.ts';

/** The header of an Ed25519 key in SPKI (RFC 8410, section 4); its 32 bytes follow. */
const publicHeader = Buffer.from('302a300506032b6570032100', 'hex');

/** Checks the file and the trusted comment. @throws {CodedError} `SIGNATURE_UNTRUSTED` for another key, `SIGNATURE_INVALID`. */
export function verifySignature(message: Uint8Array, signature: Signature, publicKey: PublicKey): void {
  checkKeyId(signature, publicKey);
  if (!isSigned(prehash(message), signature.signature, publicKey)) throw signatureInvalid('file', publicKey.keyId);
  verifyTrustedComment(signature, publicKey);
}

/**
 * Checks the trusted comment alone, which needs no file: what the comment says was said of the file that the key signed.
 * @throws {CodedError} `SIGNATURE_UNTRUSTED` for another key, `SIGNATURE_INVALID`.
 */
export function verifyTrustedComment(signature: Signature, publicKey: PublicKey): void {
  checkKeyId(signature, publicKey);
  const message = commentMessage(signature.signature, signature.trustedComment);
  if (!isSigned(message, signature.globalSignature, publicKey))
    throw signatureInvalid('trusted comment', publicKey.keyId);
}

function checkKeyId({ keyId }: Signature, publicKey: PublicKey): void {
  if (keyId !== publicKey.keyId) throw otherKey(keyId, publicKey.keyId);
}

function isSigned(message: Uint8Array, signature: Uint8Array, publicKey: PublicKey): boolean {
  return verify(null, message, keyObject(publicKey), signature);
}

function keyObject({ bytes }: PublicKey): KeyObject {
  return createPublicKey({ key: Buffer.concat([publicHeader, bytes]), format: 'der', type: 'spki' });
}
