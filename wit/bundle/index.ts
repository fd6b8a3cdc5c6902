/** Bundles: a deterministic writer, and a reader that takes only what the writer writes. */
export { bundleMaxima, manifestName } from './archive-format.ts';
export { hashBytes } from './hash.ts';
export { manifestText } from './manifest-text.ts';
export { type Bundle, readBundle } from './read-bundle.ts';
export { type BundleContent, writeBundle } from './write-bundle.ts';
export { filesOfManifest } from './verify-files.ts';
