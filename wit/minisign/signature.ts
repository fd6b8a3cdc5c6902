/** Signature files: an untrusted comment, algorithm, key id and signature, a trusted comment, and the signature over that. */
import { signatureLegacy, signatureMalformed } from './errors.ts';
import {
  algorithmBytes,
  algorithmText,
  keyIdBytes,
  keyIdText,
  printBase64,
  readBase64,
  readComment,
  readLines,
  signatureTextBytesMax,
  trustedCommentBytesMax,
  trustedPrefix,
  untrustedCommentBytesMax,
  untrustedPrefix,
} from './text.ts';

/** A signature that has been read; whether it is true is another question. */
export interface Signature {
  /** Of the key that signed, or so it says. */
  readonly keyId: string;
  /** Says nothing that can be relied on. */
  readonly untrustedComment: string;
  /** 64 bytes over the BLAKE2b-512 of the file. */
  readonly signature: Uint8Array;
  readonly trustedComment: string;
  /** 64 bytes over the signature and the trusted comment. */
  readonly globalSignature: Uint8Array;
}

/** Over the hash of the file. */
const algorithm = 'ED';
/** Over the file itself. */
const legacyAlgorithm = 'Ed';

/**
 * Reads the text of a `.minisig` file. `shown`: where it is from, for messages.
 * @throws {CodedError} `SIGNATURE_MALFORMED`, `SIGNATURE_LEGACY`.
 */
export function parseSignature(text: string, shown?: string): Signature {
  const refuse = (state: string) => signatureMalformed(shown, state);
  const lines = readLines(text, { count: 4, bytesMax: signatureTextBytesMax }, refuse);
  const [untrusted = '', first = '', trusted = '', second = ''] = lines;
  const untrustedComment = readComment(
    untrusted,
    { prefix: untrustedPrefix, bytesMax: untrustedCommentBytesMax },
    refuse,
  );
  const bytes = readBase64(first, 2 + 8 + 64, refuse);
  const trustedComment = readComment(trusted, { prefix: trustedPrefix, bytesMax: trustedCommentBytesMax }, refuse);
  const globalSignature = readBase64(second, 64, refuse);
  const found = algorithmText(bytes.subarray(0, 2));
  if (found === legacyAlgorithm) throw signatureLegacy(shown);
  if (found !== algorithm) throw refuse('its algorithm is not known');
  const keyId = keyIdText(bytes.subarray(2, 10));
  return { keyId, untrustedComment, signature: bytes.slice(10), trustedComment, globalSignature };
}

/** The text of a `.minisig` file. The comments have been checked by who made them. */
export function printSignature(content: Signature): string {
  const { keyId, untrustedComment, signature, trustedComment, globalSignature } = content;
  return [
    `${untrustedPrefix}${untrustedComment}`,
    printBase64(algorithmBytes(algorithm), keyIdBytes(keyId), signature),
    `${trustedPrefix}${trustedComment}`,
    printBase64(globalSignature),
    '',
  ].join('\n');
}
