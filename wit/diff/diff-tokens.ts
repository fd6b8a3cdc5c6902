/** Tokens that parts of a bundle ask for, before and after: what an upgrade has to be approved for. */
import { type Token, type TokenKind, covers, parseToken } from '#wit/tokens';
import type { Subject, TokenChange } from './change.ts';

/** The tokens of one part; absent where the part is not there. */
export interface TokenPair {
  readonly before?: readonly string[] | undefined;
  readonly after?: readonly string[] | undefined;
}

/** Which tokens came and went. `coverage`: of the whole bundle before. */
export function diffTokens(
  { before = [], after = [] }: TokenPair,
  subject: Subject,
  coverage: TokenCoverage,
): readonly TokenChange[] {
  const [had, has] = [new Set(before), new Set(after)];
  const added = after
    .filter((token) => !had.has(token))
    .map((token): TokenChange => {
      const coveredBy = coverage.of(token).find((one) => had.has(one));
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
    .filter((token) => !has.has(token))
    .map((token): TokenChange => {
      return { kind: 'token-removed', subject, token, breaking: 'no', message: `no longer asks for "${token}"` };
    });
  return [...added, ...removed];
}

/** Those of several tokens that nothing of the bundle before covers; sorted, each once. */
export function uncoveredTokens(tokens: readonly string[], coverage: TokenCoverage): readonly string[] {
  return [...new Set(tokens)].filter((token) => coverage.of(token).length === 0).toSorted();
}

/** Which tokens of a bundle cover others. Each is read once: a hostile bundle has some ten thousand, and hundreds of parts that share them. */
export class TokenCoverage {
  readonly #granted: ReadonlyMap<TokenKind, readonly { readonly text: string; readonly token: Token }[]>;
  readonly #known = new Map<string, readonly string[]>();

  constructor(granted: readonly string[]) {
    const tokens = [...new Set(granted)].map((text) => ({ text, token: parseToken(text) }));
    this.#granted = Map.groupBy(tokens, ({ token }) => token.kind);
  }

  /** The tokens that cover one, that one itself among them; in the order of the bundle. */
  of(text: string): readonly string[] {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const wanted = parseToken(text);
    const granted = this.#granted.get(wanted.kind) ?? [];
    const covering = granted.filter(({ token }) => covers(token, wanted)).map((one) => one.text);
    this.#known.set(text, covering);
    return covering;
  }
}
