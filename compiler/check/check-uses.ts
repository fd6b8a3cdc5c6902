/** Compares what the code of a tool uses with the tokens that the tool has. */
import { type Token, covers, printToken, tokenForms } from '#wit/tokens';
import type { DiagnosticCollector } from './diagnostic.ts';
import { type ResourceUse, tokenForAll, tokenOf, wantedTokens } from './wanted-tokens.ts';

/** A tool with what it may and what it does. */
export interface UsingTool {
  readonly name: string;
  /** The texts of its tokens. */
  readonly tokens: readonly string[];
  /** What its code reaches. */
  readonly uses: readonly ResourceUse[];
}

/** What a tool can call in its own project. */
export interface Callable {
  readonly name: string;
  /** The texts of its tokens. */
  readonly tokens: readonly string[];
}

/** The tools and the agents of a project, by name. */
export interface Callables {
  readonly tools: ReadonlyMap<string, Callable>;
  readonly agents: ReadonlyMap<string, Callable>;
}

/** Reports each use that no token of the tool covers. */
export function checkUses(tool: UsingTool, others: Callables, collector: DiagnosticCollector): void {
  const granted = tool.tokens.flatMap((text) => tokenOf(text) ?? []);
  for (const use of tool.uses) {
    if (use.form === 'value') continue;
    if (isNameless(use)) checkNameless(use, { tool, granted }, collector);
    else checkNamed(use, { tool, granted }, collector);
    if (use.surface === 'tools.call') checkNested(use, { tool, granted, others: others.tools }, collector);
    if (use.surface === 'agents.invoke') checkNested(use, { tool, granted, others: others.agents }, collector);
  }
}

interface Granted {
  readonly tool: UsingTool;
  readonly granted: readonly Token[];
}

/** Any name will do: what is computed, and what needs none. */
function isNameless({ kind, scope }: ResourceUse): boolean {
  return scope.kind === 'computed' || (scope.kind === 'none' && kind === 'gpu');
}

/** Which resource it will be is only known while running, but without any token of the kind it is refused for sure. */
function checkNameless(use: ResourceUse, { tool, granted }: Granted, collector: DiagnosticCollector): void {
  const ofKind = granted.filter(({ kind }) => kind === use.kind);
  if (ofKind.some((token) => hasModeFor(token, use))) return;
  // What is wrong with each operation on a resource is said where the resource is named.
  if (ofKind.length === 0 && use.form === 'operation' && handleKinds.has(use.kind)) return;
  const named = use.scope.kind === 'computed' ? ' with a name that is computed' : '';
  const mode = use.modes[0];
  const form = mode === undefined || ofKind.length === 0 ? tokenForms[use.kind] : `${scopeForm(use)}:${mode}`;
  collector.report(use.place, {
    code: 'TOKEN_NOT_DECLARED',
    message: `Cannot use ${use.surface}${named}: the tool "${tool.name}" has no token ${ofKind.length === 0 ? `of the kind "${use.kind}"` : `that allows it`}`,
    remedy: `Add a token ${form} to the tokens of "${tool.name}"`,
  });
}

/** The form of a kind's token without its mode. */
function scopeForm({ kind }: ResourceUse): string {
  return tokenForms[kind].slice(0, tokenForms[kind].lastIndexOf(':'));
}

function hasModeFor(token: Token, { modes }: ResourceUse): boolean {
  if (modes.length === 0 || !('mode' in token)) return true;
  const { mode } = token;
  return modes.some((wanted) => {
    const alike = tokenOf(printToken(token).replace(/[^:]*$/, wanted));
    return mode === wanted || (alike !== undefined && covers(token, alike));
  });
}

function checkNamed(use: ResourceUse, { tool, granted }: Granted, collector: DiagnosticCollector): void {
  const wanted = wantedTokens(use);
  // What makes no token is refused while running, with the words of the surface itself.
  if (wanted.length === 0 || isCovered(wanted, granted)) return;
  // An operation on a resource of which nothing is granted is said where the resource is named.
  const ofHandle = use.form === 'operation' && handleKinds.has(use.kind);
  if (ofHandle && !isCovered(wantedTokens({ ...use, modes: [] }), granted)) return;
  const lacking = tool.uses.filter((other) => isSameResource(other, use) && !isCovered(wantedTokens(other), granted));
  const missing = tokenForAll(lacking);
  if (missing === undefined) return;
  collector.report(use.place, {
    code: 'TOKEN_NOT_DECLARED',
    message: `Cannot use ${use.scope.kind === 'named' ? `"${use.scope.name}" by ` : ''}${use.surface}: no token of the tool "${tool.name}" ${ofHandle ? 'allows' : 'covers'} it`,
    remedy: `Add '${printToken(missing)}' to the tokens of "${tool.name}"`,
  });
}

/** Kinds whose resources are named first and then used. */
const handleKinds: ReadonlySet<Token['kind']> = new Set(['kv', 'fs', 'vector']);

function isSameResource(one: ResourceUse, other: ResourceUse): boolean {
  if (one.kind !== other.kind) return false;
  // Each operation on the conversation has a token of its own, of which none includes the other.
  if (one.kind === 'context') return one.surface === other.surface;
  return one.scope.kind === 'named' && other.scope.kind === 'named'
    ? one.scope.name === other.scope.name
    : one.scope.kind === other.scope.kind;
}

function isCovered(wanted: readonly Token[], granted: readonly Token[]): boolean {
  return wanted.some((token) => granted.some((grant) => covers(grant, token)));
}

/** A nested call never has more than its caller, so a tool has what the tools and agents that it calls need. */
function checkNested(
  use: ResourceUse,
  { tool, granted, others }: Granted & { readonly others: ReadonlyMap<string, Callable> },
  collector: DiagnosticCollector,
): void {
  const called = use.scope.kind === 'named' ? others.get(use.scope.name) : undefined;
  if (called === undefined || (called.name === tool.name && use.kind === 'tool')) return;
  const missing = called.tokens.filter((text) => {
    const token = tokenOf(text);
    return token !== undefined && !isCovered([token], granted);
  });
  if (missing.length === 0) return;
  const list = missing.map((text) => `'${text}'`).join(', ');
  collector.report(use.place, {
    code: 'TOKEN_NOT_DECLARED',
    message: `Cannot call "${called.name}" by ${use.surface}: it needs ${list}, and a nested call never has more than its caller`,
    remedy: `Add ${list} to the tokens of "${tool.name}"`,
  });
}
