/** Signs a file the one way that counts here: over its BLAKE2b-512. */
import { createHash } from 'node:crypto';
import { commentRefused } from './errors.ts';
import type { SecretKey } from './secret-key.ts';
import { printSignature } from './signature.ts';
import { checkComment, trustedCommentBytesMax, untrustedCommentBytesMax } from './text.ts';

/** What is signed, and what is said beside it. */
export interface SignRequest {
  readonly message: Uint8Array;
  readonly trustedComment: string;
  readonly untrustedComment?: string;
}

/** The text of the signature file. @throws {CodedError} `SIGNATURE_MALFORMED` for a comment that could not be read again. */
export function sign(
  { message, trustedComment, untrustedComment = 'signature from minisign secret key' }: SignRequest,
  key: SecretKey,
): string {
  checkComment(trustedComment, trustedCommentBytesMax, commentRefused);
  checkComment(untrustedComment, untrustedCommentBytesMax, commentRefused);
  const signature = key.sign(prehash(message));
  const globalSignature = key.sign(commentMessage(signature, trustedComment));
  return printSignature({
    keyId: key.publicKey.keyId,
    untrustedComment,
    signature,
    trustedComment,
    globalSignature,
  });
}

/** What is signed in place of a file. */
export function prehash(message: Uint8Array): Uint8Array {
  return createHash('blake2b512').update(message).digest();
}

/** What the global signature is over. */
export function commentMessage(signature: Uint8Array, trustedComment: string): Uint8Array {
  return Buffer.concat([signature, Buffer.from(trustedComment)]);
}
