/** Finds tokens that nothing needs: each is a line that a person has to approve. */
import { type Token, covers } from '#wit/tokens';
import type { Callables, UsingTool } from './check-uses.ts';
import { type ResourceUse, tokenOf, wantedTokens } from './wanted-tokens.ts';

/** A tool with everything that its code may do. */
export interface JudgedTool extends UsingTool {
  /** Whether code of others runs in it, which has the Web API. */
  readonly packages: boolean;
}

/** The tokens of a tool, as they are spelled, that nothing in its reach uses. */
export function unusedTokens(tool: JudgedTool, spelled: readonly string[], others: Callables): ReadonlySet<string> {
  const nested = nestedTokens(tool, others);
  if (nested === undefined) return new Set();
  return new Set(
    spelled.filter((text) => {
      const token = tokenOf(text);
      return token !== undefined && !isUsed(token, tool, nested);
    }),
  );
}

function isUsed(token: Token, { uses, packages }: JudgedTool, nested: readonly Token[]): boolean {
  // Only a container has processes, and starts them by what is not the SDK.
  if (token.kind === 'spawn') return true;
  if (token.kind === 'net' && packages) return true;
  return (
    uses.some((use) => use.kind === token.kind && needs(use, token)) || nested.some((other) => covers(token, other))
  );
}

/** Whether a use may be what a token of its kind is for. */
function needs(use: ResourceUse, token: Token): boolean {
  if (use.form === 'value' || use.scope.kind === 'computed' || use.kind === 'gpu') return true;
  const wanted = wantedTokens(use);
  // What makes no token may be something that is not understood here.
  return wanted.length === 0 || wanted.some((other) => covers(token, other));
}

/** What the tools and agents that it calls need; undefined where it calls what is not known. */
function nestedTokens({ uses }: JudgedTool, { tools, agents }: Callables): readonly Token[] | undefined {
  const nested: Token[] = [];
  for (const { kind, scope } of uses) {
    if (kind !== 'tool' && kind !== 'agent') continue;
    const known = kind === 'tool' ? tools : agents;
    const called = scope.kind === 'named' ? known.get(scope.name) : undefined;
    if (called === undefined) return undefined;
    nested.push(...called.tokens.flatMap((text) => tokenOf(text) ?? []));
  }
  return nested;
}
