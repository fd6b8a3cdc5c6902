/** Publishes a bundle's file with the signature beside it. */
import { readBundle } from '#wit/bundle';
import { parseBundleComment, parseSignature, signatureTextBytesMax } from '#wit/minisign';
import { signatureAbsent, signatureOfAnother, signatureUnreadable } from './errors.ts';
import type { PackageContent, PackageRegistry, PackageSignature, PublishOutcome } from './package-registry.ts';
import { readFileWithin } from './read-file-within.ts';

/** What is published. */
export interface PublishRequest {
  readonly archive: Uint8Array;
  /** Absolute path of the archive; its signature is at the same path with `.minisig`. */
  readonly path: string;
  /** As the user wrote it. */
  readonly shown: string;
  readonly allowUnsigned: boolean;
}

/**
 * Publishes. The signature has to name this very bundle; whether it is true, and by whom it should be, is checked by each host that
 * the bundle is uploaded to, which knows the keys that it trusts.
 * @throws {CodedError} `BUNDLE_…`, `SIGNATURE_…`, `IO_FAILED`; then nothing is published.
 */
export async function publishBundle(
  { archive, path, shown, allowUnsigned }: PublishRequest,
  registry: PackageRegistry,
): Promise<PublishOutcome> {
  const bundle = readBundle(archive);
  const signature = await signatureBeside(path, shown);
  if (signature === undefined && !allowUnsigned) throw signatureAbsent(shown);
  const content: PackageContent = { archive, bundle, ...(signature === undefined ? {} : { signature }) };
  if (signature !== undefined) checkComment(content, signature, shown);
  return registry.publish(content);
}

async function signatureBeside(path: string, shown: string): Promise<PackageSignature | undefined> {
  const name = `${shown}.minisig`;
  const bytes = await readFileWithin(`${path}.minisig`, signatureTextBytesMax).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw signatureUnreadable(name, error);
  });
  if (bytes === undefined) return undefined;
  const text = decode(bytes, name);
  return { text, keyId: parseSignature(text, name).keyId };
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw signatureUnreadable(name, cause);
  }
}

function checkComment({ bundle }: PackageContent, { text }: PackageSignature, shown: string): void {
  const said = parseBundleComment(parseSignature(text).trustedComment);
  const { manifest, manifestHash } = bundle;
  if (said.bundle !== manifest.name || said.version !== manifest.version)
    throw signatureOfAnother(shown, `"${said.bundle}" ${said.version}`);
  if (said.manifestHash !== manifestHash) throw signatureOfAnother(shown, 'other content of the same version');
}
