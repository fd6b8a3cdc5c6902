/** That a key no longer counts, and since when. */
import { join } from 'node:path';
import { trustFileRefused } from './errors.ts';
import type { TrustFiles } from './read-directory.ts';
import type { TrustedKeySetting } from './trusted-key.ts';

/** A revocation. */
export interface Revocation {
  readonly reason: string;
  /** Rotations that the key signed before this many seconds since 1970 stand; none where absent. */
  readonly sinceSec: number | undefined;
}

const sincePattern = /^since: (?<seconds>0|[1-9]\d{0,14})$/;

/** The revocation of a key; the configuration's is from the beginning. @throws {CodedError} `KEY_INVALID`, naming the file. */
export function readRevocation(
  name: string,
  { revocations, directory }: TrustFiles,
  setting: TrustedKeySetting | undefined,
): Revocation | undefined {
  if (setting?.revoked === true) return { reason: `trust.${name} says so`, sinceSec: undefined };
  const text = revocations.get(name);
  if (text === undefined) return undefined;
  const [first = '', ...rest] = text.trimEnd().split('\n');
  const since = rest.map((line) => sincePattern.exec(line)?.groups?.['seconds']);
  if (since.length > 1 || since.includes(undefined))
    throw trustFileRefused(
      join(directory, `${name}.revoked`),
      'behind its reason stands more than a line "since: SECONDS"',
      'Write the reason into the first line, and nothing or "since: SECONDS" into the second',
    );
  const reason = first.replaceAll(/\p{C}/gu, ' ').trim();
  return {
    reason: reason === '' ? 'no reason is given' : reason,
    sinceSec: since[0] === undefined ? undefined : Number(since[0]),
  };
}
