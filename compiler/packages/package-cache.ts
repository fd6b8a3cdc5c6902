/** The dependencies of all projects of this machine, by hash: `<hash>.aria`, and `<hash>.aria.minisig` beside it. What is damaged is as good as absent. */
import { utimes } from 'node:fs/promises';
import { bundleMaxima, readBundle } from '#wit/bundle';
import { CodedError } from '#wit/errors';
import { parseSignature, signatureTextBytesMax } from '#wit/minisign';
import { pruneDirectory } from '../pack/prune-directory.ts';
import { writeAtomically } from '../pack/write-atomically.ts';
import { cacheUnwritable } from './errors.ts';
import { archivePath } from './installed-packages.ts';
import type { PackageContent, PackageSignature } from './package-registry.ts';
import { readFileWithin } from './read-file-within.ts';

/** All kept archives together, in bytes: those that were used longest ago go first. */
const cacheBytesMax = 1024 * 1024 * 1024;

/** What is looked for. */
export interface WantedContent {
  readonly hash: string;
  /** Of the key that has to have signed it; absent for an unsigned one. */
  readonly keyId?: string;
}

/** A directory of archives. */
export class PackageCache {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The content of a hash, every byte verified; `undefined` where it is not there, or damaged. */
  async read({ hash, keyId }: WantedContent): Promise<PackageContent | undefined> {
    const path = archivePath(this.#directory, hash);
    try {
      const archive = await readFileWithin(path, bundleMaxima.archiveBytes);
      const bundle = readBundle(archive);
      if (bundle.hash !== hash) return undefined;
      const now = new Date();
      for (const used of [path, `${path}.minisig`]) await utimes(used, now, now).catch(() => undefined);
      if (keyId === undefined) return { archive, bundle };
      const signature = await readSignature(`${path}.minisig`);
      return signature.keyId === keyId ? { archive, bundle, signature } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps content that has been verified. @throws {CodedError} `IO_FAILED`, `CANCELLED`. */
  async write({ bundle, archive, signature }: PackageContent, signal?: AbortSignal): Promise<void> {
    const path = archivePath(this.#directory, bundle.hash);
    try {
      // The archive last: where it is, its signature is, too.
      if (signature !== undefined)
        await writeAtomically({
          path: `${path}.minisig`,
          bytes: new TextEncoder().encode(signature.text),
          durable: true,
          signal,
        });
      await writeAtomically({ path, bytes: archive, durable: true, signal });
    } catch (error) {
      throw error instanceof CodedError ? error : cacheUnwritable(this.#directory, error);
    }
  }

  /** Makes room, once everything that is needed now has been used. */
  async prune(): Promise<void> {
    await pruneDirectory(this.#directory, cacheBytesMax).catch(() => undefined);
  }
}

async function readSignature(path: string): Promise<PackageSignature> {
  const text = new TextDecoder().decode(await readFileWithin(path, signatureTextBytesMax));
  return { text, keyId: parseSignature(text).keyId };
}
