/** Small bundles that share files: equal names and texts give equal bytes. */
import { type Bundle, hashBytes, readBundle, writeBundle } from '#wit/bundle';
import type { SignedBy } from '../../../firmware/service/ports.ts';
import { sampleContent, utf8 } from '../../wit/sample-bundle.ts';

/** What differs between sample bundles. */
export interface SampleVersion {
  readonly name?: string;
  readonly version?: string;
  /** In the source of the tool `sumLines`; all else is the same in every bundle but the manifest. */
  readonly text?: string;
}

/** The bytes of a bundle. */
export function sampleArchive({
  name = 'invoice-kit',
  version = '1.0.0',
  text = 'same',
}: SampleVersion = {}): Uint8Array {
  const { manifest, files } = sampleContent();
  const source = utf8(`exports.tool = { run: (input) => input, blobs: false }; // ${text}`);
  files.set('source/sumLines.js', source);
  const file = { path: 'source/sumLines.js', hash: hashBytes(source), size: source.length };
  const tools = manifest.tools.map((tool) => (tool.name === 'sumLines' ? { ...tool, source: file } : tool));
  return writeBundle({ manifest: { ...manifest, name, version, tools }, files });
}

/** A bundle as it is read from its bytes. */
export function sampleBundle(sample: SampleVersion = {}): Bundle {
  return readBundle(sampleArchive(sample));
}

/** No signature. */
export const unsigned: SignedBy = { signature: undefined, keyId: undefined, sequence: 0 };

/** A signature, as far as the store looks at it. */
export function signed(sequence: number, keyId = '1122334455667788'): SignedBy {
  return { signature: `untrusted comment: by ${keyId} with ${sequence}`, keyId, sequence };
}
