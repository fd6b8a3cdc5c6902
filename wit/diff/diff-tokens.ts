/** Tokens that parts of a bundle ask for, before and after: what an upgrade has to be approved for. */
import { covers, parseToken } from '#wit/tokens';
import type { Subject, TokenChange } from './change.ts';

/** The tokens of one part; absent where the part is not there. */
export interface TokenPair {
  readonly before?: readonly string[] | undefined;
  readonly after?: readonly string[] | undefined;
}

/** Which tokens came and went. */
export function diffTokens({ before = [], after = [] }: TokenPair, subject: Subject): readonly TokenChange[] {
  const added = after
    .filter((token) => !before.includes(token))
    .map((token): TokenChange => {
      const coveredBy = coveringToken(token, before);
      return coveredBy === undefined
        ? {
            kind: 'token-added',
            subject,
            token,
            breaking: 'maybe',
            message: `asks for "${token}", which has to be granted`,
          }
        : {
            kind: 'token-added',
            subject,
            token,
            coveredBy,
            breaking: 'no',
            message: `asks for "${token}", which "${coveredBy}" already covered`,
          };
    });
  const removed = before
    .filter((token) => !after.includes(token))
    .map((token): TokenChange => {
      return { kind: 'token-removed', subject, token, breaking: 'no', message: `no longer asks for "${token}"` };
    });
  return [...added, ...removed];
}

/** Tokens of `after` that no token of `before` covers; sorted, each once. */
export function uncoveredTokens(before: readonly string[], after: readonly string[]): readonly string[] {
  return [...new Set(after)].filter((token) => coveringToken(token, before) === undefined).toSorted();
}

function coveringToken(token: string, granted: readonly string[]): string | undefined {
  const wanted = parseToken(token);
  return granted.includes(token) ? token : granted.find((one) => covers(parseToken(one), wanted));
}
