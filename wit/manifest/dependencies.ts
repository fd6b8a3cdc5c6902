/** The bundles that a bundle needs, in the manifest: ranges of their versions by their names. */
import { z } from 'zod';
import { rangeCharactersMax, rangeProblem } from '#wit/dependencies';
import type { ManifestViolation } from './errors.ts';
import { bundleName } from './fields.ts';

const range = z
  .string()
  .max(rangeCharactersMax)
  .refine((text) => rangeProblem(text) === undefined, 'expected a range of semantic versions such as ^1.2');

/** A record, since no name is there twice; RFC 8785 sorts it. `parseManifest` counts it before it is looked into. */
export const dependenciesSchema = z.record(bundleName, range);

/** Whether a text can be the name of a bundle. */
export function isBundleName(text: string): boolean {
  return bundleName.safeParse(text).success;
}

/** What a schema of one entry cannot say. */
export function dependencyViolations({
  name,
  dependencies,
}: {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
}): ManifestViolation[] {
  if (dependencies === undefined) return [];
  const path = 'manifest.dependencies';
  if (Object.keys(dependencies).length === 0) return [{ path, message: 'expected an entry, or no such field' }];
  return Object.hasOwn(dependencies, name) ? [{ path: `${path}.${name}`, message: 'a bundle cannot need itself' }] : [];
}
