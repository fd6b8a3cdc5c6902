/** Reads a bundle's file, and refuses what cannot be one before it is in memory. */
import { readFile, stat } from 'node:fs/promises';
import { type Bundle, bundleMaxima, readBundle } from '#wit/bundle';
import { bundleFileTooLarge, bundleIsDirectory, bundleNotFound, bundleUnreadable } from './errors.ts';

/** A bundle's file. `path`: absolute; `shown`: as the user wrote it. */
interface BundleFile {
  readonly path: string;
  readonly shown: string;
  readonly signal: AbortSignal;
}

/** Opens a bundle; every hash of it has been verified. @throws {CodedError} `BUNDLE_…`. */
export async function openBundle(file: BundleFile): Promise<Bundle> {
  return readBundle(await readBundleFile(file));
}

/** The bytes of a bundle's file, which may be anything of the size of one. @throws {CodedError} `BUNDLE_NOT_FOUND`, `BUNDLE_TOO_LARGE`. */
export async function readBundleFile({ path, shown, signal }: BundleFile): Promise<Uint8Array> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw bundleNotFound(shown);
  if (found.isDirectory()) throw bundleIsDirectory(shown);
  // A pipe or a device may never end, and opening one may never return.
  if (!found.isFile()) throw bundleUnreadable(shown, new Error('it is no regular file'));
  if (found.size > bundleMaxima.archiveBytes)
    throw bundleFileTooLarge(shown, { size: found.size, sizeMax: bundleMaxima.archiveBytes });
  return readBytes(path, shown, signal);
}

async function readBytes(path: string, shown: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return await readFile(path, { signal });
  } catch (cause) {
    throw bundleUnreadable(shown, cause);
  }
}
