/** Where a schema may say something else than TypeScript, each with the reason. */
import type { Difference } from './differences.ts';

/** A row. */
interface KnownDifference {
  readonly reason: string;
  readonly covers: (difference: Difference) => boolean;
}

/** All rows. */
const knownDifferences: readonly KnownDifference[] = [];

/** Whether a difference is as it should be. */
export function isKnown(difference: Difference): boolean {
  return knownDifferences.some(({ covers }) => covers(difference));
}
