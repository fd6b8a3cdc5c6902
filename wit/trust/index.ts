/** Whose signatures count: a directory of public keys with rotations and revocations, and what a signature says of a bundle. */
export { type TrustFiles, readTrustDirectory, trustMaxima } from './read-directory.ts';
export { type KeyRing, createKeyRing, openKeyRing } from './key-ring.ts';
export { type KeyStanding, type TrustedKey, type TrustedKeySetting, maySign } from './trusted-key.ts';
export { type SignedBundle, type VerifiedSignature, recheckBundle, verifyBundle } from './verify-bundle.ts';
