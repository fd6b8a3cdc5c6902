/** Publishes the manifest's schema as JSON Schema 2020-12, for editors and for hosts in other languages. */
import { z } from 'zod';
import { manifestFormat } from './limits.ts';
import { manifestSchema } from './manifest.ts';

/**
 * The text of `manifest.schema.json`. It says the shape; the canonical form, paths, duplicates and the grant of imports are
 * checked beyond it, by `parseManifest` and `readBundle`.
 */
export function manifestJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(manifestSchema, { target: 'draft-2020-12' });
  const head = { $schema, $id: `urn:aria:manifest:${manifestFormat}`, title: 'Manifest of an Aria bundle' };
  return `${JSON.stringify({ ...head, ...rest }, undefined, 2)}\n`;
}
