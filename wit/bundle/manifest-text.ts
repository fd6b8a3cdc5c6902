/** The one text of a manifest: RFC 8785. */
import canonicalize from 'canonicalize';
import type { Manifest } from '#wit/manifest';
import { manifestRefused } from './errors.ts';

/** The canonical text of a manifest that `parseManifest` has checked. */
export function manifestText(manifest: Manifest): string {
  const text = canonicalize(manifest);
  if (text === undefined) throw manifestRefused('it has no canonical form');
  return text;
}
