/**
 * The upgrade gate: what a version asks for, against what its bundle has.
 *
 * - A first install has what the list of its key covers, or the default list where the configuration has none.
 * - A later version has what was granted to its bundle, and what a list in the configuration covers; the default list no longer counts, so
 *   that an upgrade that asks for more is seen. Higher limits and budgets count as asking for more; where no version is active, or the
 *   active one cannot be read, higher than what a part without options has.
 * - Coverage is `covers` of tokens, and nothing else grants.
 */
import type { Manifest } from '#wit/manifest';
import { parseToken } from '#wit/tokens';
import type { TrustedKey } from '#wit/trust';
import { Coverage } from './coverage.ts';
import { isGrantedByDefault } from './default-tokens.ts';
import { grownLimits } from './grown-limits.ts';
import { tokensOf } from './tokens-of.ts';

/** What a version asks for, and what its bundle has. */
export interface GateQuestion {
  readonly manifest: Manifest;
  readonly active: Manifest | undefined;
  /** Whether no version of the bundle was ever granted anything. */
  readonly isFirst: boolean;
  /** Granted to the bundle. */
  readonly granted: readonly string[];
  /** Whose signature it has; absent for an unsigned one. */
  readonly key: Pick<TrustedKey, 'tokens' | 'upgrades'> | undefined;
}

/** What has to be approved; nothing where both are empty. */
export interface GateAnswer {
  /** Sorted. */
  readonly newTokens: readonly string[];
  readonly grownLimits: readonly string[];
}

/** Compares the two. */
export function askGate({ manifest, active, isFirst, granted, key }: GateQuestion): GateAnswer {
  if (!isFirst && key?.upgrades === 'allow') return { newTokens: [], grownLimits: [] };
  // An active version has its tokens, whatever was written down of it.
  const has = new Coverage([...granted, ...(active === undefined ? [] : tokensOf(active)), ...(key?.tokens ?? [])]);
  const hasDefaults = isFirst && key?.tokens === undefined;
  const newTokens = tokensOf(manifest).filter((text) => {
    const token = parseToken(text);
    return !has.covers(text, token) && !(hasDefaults && isGrantedByDefault(token));
  });
  return { newTokens, grownLimits: isFirst ? [] : grownLimits(active, manifest) };
}
