/** What a bundle is made of, as objects: each file, and its manifest. */
import assert from 'node:assert/strict';
import { type Bundle, filesOfManifest, hashBytes, manifestName, manifestText } from '#wit/bundle';
import { type Manifest, type ManifestFile, parseManifest } from '#wit/manifest';
import { parseJson } from '#wit/values';
import type { SignedBy } from '../service/ports.ts';
import type { InstallRequest } from './admit-install.ts';

/** The files that a manifest names, sorted by path, as in the archive. */
export function filesOf(manifest: Manifest): readonly ManifestFile[] {
  return [...filesOfManifest(manifest).values()].toSorted((left, right) =>
    left.path < right.path ? -1 : Number(left.path > right.path),
  );
}

/** A bundle as a request to install it. `readBundle` has read it, which compared each file with its hash. */
export function requestOf(bundle: Bundle, signedBy: SignedBy, allowDowngrade: boolean): InstallRequest {
  const { manifest, hash, manifestHash, size } = bundle;
  const text = new TextEncoder().encode(manifestText(manifest));
  // The canonical text is what was read, or somebody changed the manifest since.
  assert.equal(hashBytes(text), manifestHash);
  const files = filesOf(manifest).map((file) => {
    const bytes = bundle.files.get(file.path);
    assert.equal(bytes?.length, file.size);
    return { path: file.path, hash: file.hash, bytes: bytes ?? new Uint8Array() };
  });
  const all = [{ path: manifestName, hash: manifestHash, bytes: text }, ...files];
  const objects = all.map(({ path, hash, bytes }) => ({ path, hash, bytes: bytes.length }));
  const { name, version } = manifest;
  return {
    content: { name, version, hash, manifestHash, manifestBytes: text.length, archiveBytes: size, objects },
    bytes: new Map(all.map(({ hash, bytes }) => [hash, bytes])),
    signedBy,
    allowDowngrade,
  };
}

/** Reads a manifest whose bytes were compared with their hash. @throws {CodedError} `BUNDLE_ABI_UNSUPPORTED`, where the host is newer. */
export function manifestOf(bytes: Uint8Array): Manifest {
  return parseManifest(parseJson(new TextDecoder().decode(bytes)));
}
