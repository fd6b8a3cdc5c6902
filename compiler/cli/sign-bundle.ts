/** Signs the file of a bundle: `FILE.minisig` appears beside it, whole or not at all. */
import { basename } from 'node:path';
import type { Bundle } from '#wit/bundle';
import { type SecretKey, printBundleComment, sign } from '#wit/minisign';
import { writeAtomically } from '../pack/write-atomically.ts';
import { fileUnwritable } from './key-errors.ts';

/** A bundle's file, and what its signature says. */
export interface BundleToSign {
  /** Absolute, of the bundle. */
  readonly path: string;
  readonly archive: Uint8Array;
  readonly bundle: Pick<Bundle, 'manifest' | 'manifestHash'>;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Seconds since 1970 where absent. */
  readonly sequence?: number | undefined;
  readonly signal: AbortSignal;
}

/** A signature that was written. */
export interface WrittenSignature {
  /** Absolute. */
  readonly path: string;
  readonly keyId: string;
  readonly sequence: number;
  readonly trustedComment: string;
}

/** Signs. @throws {CodedError} `IO_FAILED`, `CANCELLED`. */
export async function signBundle(request: BundleToSign, key: SecretKey): Promise<WrittenSignature> {
  const { archive, bundle, signal } = request;
  const { name, version } = bundle.manifest;
  const timestampSec = Math.floor(request.nowMs / 1000);
  // A clock before 1970 gives no sequence number.
  const sequence = request.sequence ?? Math.max(1, timestampSec);
  const trustedComment = printBundleComment({
    timestampSec: Math.max(0, timestampSec),
    file: basename(request.path),
    bundle: name,
    version,
    manifestHash: bundle.manifestHash,
    sequence,
  });
  const text = sign({ message: archive, trustedComment }, key);
  const path = `${request.path}.minisig`;
  try {
    await writeAtomically({ path, bytes: new TextEncoder().encode(text), durable: true, signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw fileUnwritable(path, cause);
  }
  return { path, keyId: key.publicKey.keyId, sequence, trustedComment };
}
