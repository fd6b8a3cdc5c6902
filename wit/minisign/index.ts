/** Minisign, byte for byte: keys, signatures, and the trusted comment of a bundle. */
export {
  type BundleComment,
  commentFields,
  parseBundleComment,
  printBundleComment,
  sequenceMax,
} from './bundle-comment.ts';
export { type PublicKey, parsePublicKey, printPublicKey } from './public-key.ts';
export { type RandomBytes, SecretKey, generateKeyPair } from './secret-key.ts';
export { type SecretKeyProtection, decodeSecretKey, encodeSecretKey, isEncrypted } from './secret-key-text.ts';
export { type ScryptLimits, scryptSensitive } from './scrypt.ts';
export { type SignRequest, sign } from './sign.ts';
export { type Signature, parseSignature, printSignature } from './signature.ts';
export { keyTextBytesMax, passwordBytesMax, signatureTextBytesMax } from './text.ts';
export { verifySignature, verifyTrustedComment } from './verify.ts';
