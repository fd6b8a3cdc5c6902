/** Bundles as `arc build --sign` makes them, of tools in JavaScript, and the key that signs them. */
import { randomBytes } from 'node:crypto';
import type { UploadContent } from '#wit/api';
import { readBundle, writeBundle } from '#wit/bundle';
import type { Manifest } from '#wit/manifest';
import { type SecretKey, generateKeyPair, printBundleComment, printPublicKey, sign } from '#wit/minisign';
import { type ToolSample, makeBundle } from '../../conformance/tool-bundle.ts';

/** A version to make. */
export interface SignedSample {
  readonly name?: string;
  readonly version?: string;
  readonly tools: readonly ToolSample[];
  /** Seconds since 1970 where absent; 1 for the first and so on in most tests. */
  readonly sequence?: number;
  readonly manifest?: Partial<Manifest>;
}

/** A bundle in memory, ready to be uploaded. */
export interface SignedBundle {
  readonly manifest: Manifest;
  readonly archive: Uint8Array;
  readonly hash: string;
  readonly signature: string;
  readonly content: UploadContent;
}

/** A new key. */
export function newKey(): { readonly key: SecretKey; readonly publicText: string } {
  const key = generateKeyPair((length) => new Uint8Array(randomBytes(length)));
  return { key, publicText: printPublicKey(key.publicKey) };
}

/** Makes and signs a bundle. */
export async function signedBundle(key: SecretKey, sample: SignedSample): Promise<SignedBundle> {
  const { name = 'samples', version = '1.0.0', sequence = 1, tools } = sample;
  const made = await makeBundle(tools);
  const archive = writeBundle({ manifest: { ...made.manifest, ...sample.manifest, name, version }, files: made.files });
  const { hash, manifestHash, manifest } = readBundle(archive);
  const trustedComment = printBundleComment({ bundle: name, version, manifestHash, sequence });
  const signature = sign({ message: archive, trustedComment }, key);
  return { manifest, archive, hash, signature, content: uploadOf(archive, { hash, signature, name }) };
}

/** An archive as an upload has it, in pieces of 64 KiB. */
export function uploadOf(
  archive: Uint8Array,
  { hash, signature, name }: { readonly hash: string; readonly signature?: string; readonly name: string },
): UploadContent {
  return {
    name: `${name}.aria`,
    size: archive.length,
    hash,
    ...(signature !== undefined && { signature }),
    async *read(offset) {
      for (let at = offset; at < archive.length; at += 65_536) yield archive.subarray(at, at + 65_536);
    },
  };
}

/** Adds two numbers. */
export const addTool: ToolSample = {
  name: 'add',
  body: 'return { sum: input.a + input.b };',
  input: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
};

/** Answers with what it was given, bytes included. */
export const echoTool: ToolSample = { name: 'echo', body: 'return input;' };

/** Logs, reads its counter, raises it. */
export const countTool: ToolSample = {
  name: 'count',
  tokens: ['kv:counters:rw'],
  body: `const store = sdk.kv('counters');
const before = (await store.getJson('n')) ?? 0;
await store.setJson('n', before + 1);
sdk.log.info('counted', { before });
return { n: before + 1 };`,
};

/** Fails on purpose. */
export const failTool: ToolSample = {
  name: 'fail',
  body: `throw new sdk.ToolError('NOT_FOUND', 'No such order', { details: { order: 7 } });`,
};

/** Waits. */
export const waitTool: ToolSample = {
  name: 'wait',
  body: `await new Promise((resolve) => setTimeout(resolve, input.ms)); return { waited: input.ms };`,
};
