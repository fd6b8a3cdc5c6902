/**
 * What the bundle of the template puts in the place of packages that are too large for a snapshot: esbuild's `alias`, with
 * paths from the root of the repository.
 */
export const preludeAliases: Readonly<Record<string, string>> = {
  tr46: './guests/engine/prelude/url/domain-to-ascii.ts',
  '@exodus/bytes/encoding.js': './guests/engine/prelude/url/percent-encode.ts',
  '@exodus/bytes/whatwg.js': './guests/engine/prelude/url/percent-encode.ts',
};
