/** Compares what code uses by literal name with the tokens that cover it. */
import { CodedError } from '#wit/errors';
import { type Token, covers, parseToken } from '#wit/tokens';
import type { DiagnosticCollector, Place } from './diagnostic.ts';

/** A use of something that needs a token. */
export interface ResourceUse {
  /** As in the source: `kv`, `tools.call`, `net.fetch`, … */
  readonly surface: string;
  /** The literal in the source. */
  readonly scope: string;
  readonly place: Place;
  /** Tokens of the tools whose code it may be, one list per tool. */
  readonly tokens: readonly (readonly string[])[];
}

/** Reports a use that no tool it may belong to has a token for. */
export function checkUse({ surface, scope, place, tokens }: ResourceUse, collector: DiagnosticCollector): void {
  const wanted = wantedTokens(surface, scope).flatMap((text) => tokenOf(text) ?? []);
  const [first] = wantedTokens(surface, scope);
  // What makes no token is refused while running, with the words of the surface itself.
  if (wanted.length === 0 || first === undefined || tokens.length === 0) return;
  const granted = tokens.flat().flatMap((text) => tokenOf(text) ?? []);
  if (wanted.some((token) => granted.some((grant) => covers(grant, token)))) return;
  collector.report(place, {
    code: 'TOKEN_NOT_DECLARED',
    message: `Cannot use "${scope}" by ${surface}: no token of the tool covers it`,
    remedy: `Add '${first}' to the tokens of the tool`,
  });
}

/** Tokens of which one is enough, since a literal says what is used but not how; the first is what to write. */
function wantedTokens(surface: string, scope: string): readonly string[] {
  switch (surface) {
    case 'kv':
      return ['rw', 'r', 'append'].map((mode) => `kv:${scope}:${mode}`);
    case 'vectors':
      return ['rw', 'r', 'append'].map((mode) => `vector:${scope}:${mode}`);
    case 'files':
      return ['rw', 'r'].map((mode) => `fs:${scope}:${mode}`);
    case 'tools.call':
      return [`tool:${scope}:call`];
    case 'agents.invoke':
      return [`agent:${scope}:call`];
    case 'net.fetch':
      return netTokens(scope);
    case 'llm.complete':
    case 'llm.stream':
    case 'llm.embed':
      return [`llm:${scope}`];
    default:
      return [];
  }
}

function netTokens(address: string): readonly string[] {
  const url = URL.parse(address);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return [];
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return [`net:${url.hostname}:${port}`];
}

function tokenOf(text: string): Token | undefined {
  try {
    return parseToken(text);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}
