/** The manifest of a bundle: schema, defaults, maxima, parser. */
export {
  type Manifest,
  type ManifestFile,
  type ManifestTool,
  abiVersion,
  manifestFormat,
  manifestMaxima,
  manifestSchema,
  toolDefaults,
} from './manifest.ts';
export { parseManifest } from './parse-manifest.ts';
export { manifestJsonSchema } from './publish.ts';
