/** What a call of a tool by a tool may touch. */
import { type Token, covers } from '#wit/tokens';

/**
 * What of a tool's own tokens its caller has, too; of one that the caller has in part, that part. `within`: as `withinOf` gives it.
 * `bundle`: `name@version` of the tool that is called.
 */
export function narrowed(own: readonly Token[], within: readonly Token[], bundle: string): readonly Token[] {
  return [
    ...own.filter((token) => within.some((held) => covers(held, qualified(token, bundle)))),
    ...within
      .filter((held) =>
        own.some((token) => covers(qualified(token, bundle), held) && !covers(held, qualified(token, bundle))),
      )
      .flatMap((held) => asNamedIn(held, bundle)),
  ];
}

/** What a caller hands on: a tool or an agent that it names alone is one of its own bundle, which its name must say elsewhere. */
export function withinOf(tokens: readonly Token[], bundle: string): readonly Token[] {
  return tokens.map((token) => qualified(token, bundle));
}

function qualified(token: Token, bundle: string): Token {
  if ((token.kind !== 'tool' && token.kind !== 'agent') || token.name === '*' || token.name.includes('/')) return token;
  return { ...token, name: `${nameOf(bundle)}/${token.name}` };
}

/** Of the own bundle, by both of its names. */
function asNamedIn(token: Token, bundle: string): readonly Token[] {
  if (token.kind !== 'tool' && token.kind !== 'agent') return [token];
  const own = `${nameOf(bundle)}/`;
  return token.name.startsWith(own) ? [token, { ...token, name: token.name.slice(own.length) }] : [token];
}

function nameOf(bundle: string): string {
  return bundle.slice(0, bundle.lastIndexOf('@'));
}
