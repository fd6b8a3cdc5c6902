/** Which tokens a use of a resource needs. */
import { CodedError } from '#wit/errors';
import { type Token, type TokenKind, covers, parseToken } from '#wit/tokens';
import type { Place } from './diagnostic.ts';

/** What a use names: a text that the source spells out, something computed, or nothing because there is nothing to name. */
export type UseScope =
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'computed' }
  | { readonly kind: 'none' };

/** One place where code uses a resource. */
export interface ResourceUse {
  /** The kind of token that it needs. */
  readonly kind: TokenKind;
  /** As in the source: `kv`, `kv.setJson`, `net.fetch`, … */
  readonly surface: string;
  /**
   * `handle` names a resource without touching it (`kv('orders')`); `operation` touches one; `value` hands the surface itself
   * around, after which nothing is known.
   */
  readonly form: 'handle' | 'operation' | 'value';
  readonly scope: UseScope;
  /** The modes of which one is enough, the one to write first; empty where the kind has none or it is not visible. */
  readonly modes: readonly string[];
  readonly place: Place;
}

/** The modes of each kind, the widest first; `x` is left out, since only its author knows why a call is alone. */
const modesOfKind: Readonly<Record<TokenKind, readonly string[]>> = {
  kv: ['rw', 'r', 'append'],
  vector: ['rw', 'r', 'append'],
  fs: ['rw', 'r'],
  net: [],
  llm: [],
  gpu: ['compute'],
  tool: ['call'],
  agent: ['call'],
  context: ['r', 'append'],
  spawn: ['exec'],
};
/** What a use without a name names. */
const unnamedScopes: Readonly<Partial<Record<TokenKind, string>>> = { gpu: 'any', context: 'session' };

/** The tokens of which one is enough, the one to write first; empty where the name is not known or no token can have it. */
export function wantedTokens({ kind, scope, modes }: Omit<ResourceUse, 'place'>): readonly Token[] {
  const name = scope.kind === 'named' ? scope.name : scope.kind === 'none' ? unnamedScopes[kind] : undefined;
  const texts = name === undefined ? [] : textsOf(kind, name, modes.length > 0 ? modes : modesOfKind[kind]);
  return texts.flatMap((text) => tokenOf(text) ?? []);
}

/** The one token that all uses of the same resource need. */
export function tokenForAll(uses: readonly ResourceUse[]): Token | undefined {
  const [first] = uses;
  if (first === undefined) return undefined;
  const operations = uses.filter(({ form, modes }) => form === 'operation' && modes.length > 0);
  const wanted = operations.flatMap((use) => wantedTokens(use)[0] ?? []);
  const candidates = wantedTokens({ ...first, modes: [] }).toReversed();
  const narrowest = candidates.find((candidate) => wanted.every((token) => covers(candidate, token)));
  return wanted.length === 0 ? candidates.at(-1) : narrowest;
}

/** Reads a token; undefined for what is none. */
export function tokenOf(text: string): Token | undefined {
  try {
    return parseToken(text);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

function textsOf(kind: TokenKind, name: string, modes: readonly string[]): readonly string[] {
  if (kind === 'net') return netTokens(name);
  if (kind === 'llm') return [`llm:${name}`];
  return modes.map((mode) => `${kind}:${name}:${mode}`);
}

function netTokens(address: string): readonly string[] {
  const url = URL.parse(address);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return [];
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return [`net:${url.hostname}:${port}`];
}
