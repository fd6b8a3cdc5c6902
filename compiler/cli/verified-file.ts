/** Bundles whose signature counts, with the bytes that were verified, so that nothing else is run or shown. */
import { join } from 'node:path';
import { type Bundle, readBundle } from '#wit/bundle';
import type { CodedError } from '#wit/errors';
import { type KeyRing, type VerifiedSignature, createKeyRing, openKeyRing, verifyBundle } from '#wit/trust';
import { readBundleFile } from './open-bundle.ts';
import { readKeyFile } from './open-key.ts';
import { readSignatureBeside } from './signature-beside.ts';

/** A bundle's file. */
export interface SignedFile {
  /** Absolute. */
  readonly path: string;
  /** As the user wrote it. */
  readonly shown: string;
  readonly signal: AbortSignal;
  /** What to say where no signature is beside it. */
  readonly missing: (shown: string) => CodedError;
}

/** A bundle that somebody signed whose signature counts. */
export interface VerifiedFile {
  readonly bundle: Bundle;
  readonly signature: VerifiedSignature;
}

/** The keys that the host of a home trusts; what its configuration says of them is the host's own affair. @throws {CodedError} `KEY_INVALID`. */
export function ringOfHome(home: string): KeyRing {
  return openKeyRing(join(home, 'trust'))();
}

/** One key, which may sign everything. `path`: absolute. @throws {CodedError} `KEY_INVALID`. */
export async function ringOfKey(path: string, shown: string): Promise<KeyRing> {
  const { text } = await readKeyFile(path, shown);
  return createKeyRing({
    directory: '',
    publicKeys: new Map([[shown, text]]),
    rotations: new Map(),
    revocations: new Map(),
  });
}

/**
 * Verifies a bundle by the signature beside it.
 * @throws {CodedError} `BUNDLE_…`, `SIGNATURE_…`; for bytes that nobody signed they are not even read as a bundle.
 */
export async function openVerifiedFile(file: SignedFile, ring: KeyRing): Promise<VerifiedFile> {
  const archive = await readBundleFile(file);
  const signature = await readSignature(file);
  let bundle: Bundle | undefined;
  const verified = verifyBundle(
    archive,
    () => {
      bundle = readBundle(archive);
      const { manifest, manifestHash } = bundle;
      return { name: manifest.name, version: manifest.version, manifestHash };
    },
    { signature, ring },
  );
  return { bundle: bundle ?? readBundle(archive), signature: verified };
}

async function readSignature({ path, shown, missing }: SignedFile): Promise<string> {
  const text = await readSignatureBeside(path, shown);
  if (text === undefined) throw missing(shown);
  return text;
}
