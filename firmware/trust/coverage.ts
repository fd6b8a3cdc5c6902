/**
 * Which tokens are covered by several others, without comparing each with each: a bundle may have some ten thousand, and grants of
 * another ten thousand. For a token the few texts are looked up that a covering one could have; `covers` decides about those.
 */
import { type AccessMode, type Token, covers, parseToken, printToken } from '#wit/tokens';

const modes: readonly AccessMode[] = ['r', 'append', 'rw', 'x'];

/** Tokens that were granted. */
export class Coverage {
  readonly #texts: ReadonlySet<string>;

  /** Canonical tokens. */
  constructor(granted: Iterable<string>) {
    this.#texts = new Set(granted);
  }

  /** Whether one of them allows all that this token asks for. */
  covers(text: string, token: Token = parseToken(text)): boolean {
    if (this.#texts.has(text)) return true;
    for (const candidate of candidates(token))
      if (this.#texts.has(printToken(candidate)) && covers(candidate, token)) return true;
    return false;
  }
}

/** Every token that could cover this one, and some that do not. */
function candidates(token: Token): readonly Token[] {
  switch (token.kind) {
    case 'kv':
      return scopesAround(token.namespace).flatMap((namespace) => modes.map((mode) => ({ ...token, namespace, mode })));
    case 'vector':
      return scopesAround(token.collection).flatMap((collection) =>
        modes.map((mode) => ({ ...token, collection, mode })),
      );
    case 'fs':
      return [token.root, '*'].flatMap((root) => (['r', 'rw'] as const).map((mode) => ({ ...token, root, mode })));
    case 'net':
      return [token.host, '*'].flatMap((host) => [token.port, '*' as const].map((port) => ({ ...token, host, port })));
    case 'llm':
      return [token.provider, '*'].flatMap((provider) =>
        [token.model, '*'].map((model) => ({ ...token, provider, model })),
      );
    case 'gpu':
      return [{ ...token, device: 'any' }];
    case 'tool':
    case 'agent':
      return [{ ...token, name: '*' }];
    case 'context':
    case 'spawn':
      return [token];
  }
}

/** A scope and those that it lies in: of `a.b` that is `a.b`, `a`, `a.*` and `*`. */
function scopesAround(scope: string): readonly string[] {
  const ends = [...scope.matchAll(/[.:]/g)].map(({ index }) => index);
  return [scope, '*', ...ends.flatMap((end) => [scope.slice(0, end), `${scope.slice(0, end + 1)}*`])];
}
