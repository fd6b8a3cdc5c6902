/** Small bundles of any name and version, signed and not, for tests of registries. */
import { randomBytes } from 'node:crypto';
import { hashBytes, readBundle, writeBundle } from '#wit/bundle';
import type { Manifest } from '#wit/manifest';
import { generateKeyPair, printBundleComment, sign } from '#wit/minisign';
import type { PackageContent } from '../../../compiler/packages/package-registry.ts';
import { sampleContent } from '../../wit/sample-bundle.ts';

/** What of a bundle a test chooses. */
export interface SamplePackage {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly signed?: boolean;
}

const key = generateKeyPair((length) => new Uint8Array(randomBytes(length)));

/** The id of the key that signs them. */
export const sampleKeyId = key.publicKey.keyId;

/** Makes one; its tools are those of `sampleContent`, `sumLines` and `wordCount`. */
export function samplePackage({
  name = 'invoice-kit',
  version = '0.2.0',
  dependencies,
  description = 'Invoice helpers',
  signed = true,
}: SamplePackage = {}): PackageContent {
  const { manifest, files } = sampleContent();
  for (const tool of manifest.tools)
    for (const side of ['inputSchema', 'outputSchema'] as const) {
      const text = tool.name === 'sumLines' ? schemas[side] : '{"type":"object"}';
      const bytes = new TextEncoder().encode(text);
      files.set(tool[side].path, bytes);
      Object.assign(tool[side], { hash: hashBytes(bytes), size: bytes.length });
    }
  const changed: Manifest = {
    ...manifest,
    ...{ name, version, description },
    ...(dependencies === undefined ? {} : { dependencies: { ...dependencies } }),
  };
  const archive = writeBundle({ manifest: changed, files });
  const bundle = readBundle(archive);
  if (!signed) return { archive, bundle };
  const { manifestHash } = bundle;
  const trustedComment = printBundleComment({ bundle: name, version, manifestHash, sequence: 1 });
  return { archive, bundle, signature: { text: sign({ message: archive, trustedComment }, key), keyId: sampleKeyId } };
}

const schemas = {
  inputSchema:
    '{"type":"object","properties":{"lines":{"type":"array","items":{"type":"number"}}},"required":["lines"],"additionalProperties":false}',
  outputSchema: '{"type":"object","properties":{"total":{"type":"number"}},"required":["total"]}',
} as const;
