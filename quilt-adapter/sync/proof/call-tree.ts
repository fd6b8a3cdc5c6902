/** The components of all bundles and who calls whom, as far as manifests say: any call that tokens allow may happen, in any order. */
import type { ManifestAgent, ManifestPipeline, ManifestStep, ManifestTeam, ManifestTool } from '#wit/manifest';
import { type Token, parseToken } from '#wit/tokens';
import type { Quota } from '../scheduler.ts';
import { type Resource, scopeOf, unitsOf } from './resources.ts';

/** What of a manifest decides who waits for whom; a whole manifest is one. */
export interface CalledManifest {
  readonly name: string;
  readonly tools: readonly Pick<ManifestTool, 'name' | 'tokens'>[];
  readonly agents?: readonly Pick<ManifestAgent, 'name' | 'tools' | 'llm'>[] | undefined;
  readonly teams?: readonly Pick<ManifestTeam, 'name' | 'agents' | 'strategy'>[] | undefined;
  readonly pipelines?: readonly Pick<ManifestPipeline, 'name' | 'steps'>[] | undefined;
}

/** A tool or an agent, and what it may do while it runs. */
export interface Component {
  readonly bundle: string;
  /** `bundle/name`. */
  readonly name: string;
  /** Held from its start to its end, taken all at once. */
  readonly holds: readonly Resource[];
  /** Held for one operation, in which nothing else is taken. */
  readonly uses: readonly Resource[];
  /** Keys of what it may call. */
  readonly calls: readonly string[];
}

/** Every component by its key, and what may begin each. */
export interface CallTree {
  readonly components: ReadonlyMap<string, Component>;
  readonly beginners: ReadonlyMap<string, string>;
}

/** The key of a tool or an agent. */
export function keyOf(kind: 'tool' | 'agent', name: string): string {
  return `${kind}:${name}`;
}

/** Reads the manifests of bundles that are active together. */
export function readCallTree(manifests: readonly CalledManifest[], quotas: readonly Quota[]): CallTree {
  const components = new Map<string, Component>();
  const beginners = new Map<string, string>();
  const keys = manifests.flatMap(({ name: bundle, tools, agents = [] }) => [
    ...tools.map(({ name }) => keyOf('tool', `${bundle}/${name}`)),
    ...agents.map(({ name }) => keyOf('agent', `${bundle}/${name}`)),
  ]);
  const isKnown = new Set(keys);
  for (const { name: bundle, tools, agents = [], teams = [], pipelines = [] } of manifests) {
    for (const { name, tokens } of tools) {
      const parsed = tokens.map(parseToken);
      const calls = [...new Set(parsed.flatMap((token) => callsOf(token, bundle, keys)))].filter((key) =>
        isKnown.has(key),
      );
      components.set(keyOf('tool', `${bundle}/${name}`), {
        bundle,
        name: `${bundle}/${name}`,
        ...taken(parsed, quotas),
        calls,
      });
    }
    for (const { name, tools: called, llm } of agents) {
      const uses = unitsOf([parseToken(`llm:${llm.provider}:${llm.model}`)], quotas);
      const calls = called.map((tool) => keyOf('tool', qualified(bundle, tool))).filter((key) => isKnown.has(key));
      components.set(keyOf('agent', `${bundle}/${name}`), {
        bundle,
        name: `${bundle}/${name}`,
        holds: [],
        uses,
        calls,
      });
    }
    for (const { name, steps } of pipelines)
      noteBeginner(beginners, `pipeline ${bundle}/${name}`, calledBy(steps, bundle));
    for (const { name, agents: members, strategy } of teams) {
      const all = strategy.manager === undefined ? members : [...members, strategy.manager];
      noteBeginner(
        beginners,
        `team ${bundle}/${name}`,
        all.map((agent) => keyOf('agent', qualified(bundle, agent))),
      );
    }
  }
  return { components, beginners };
}

/** One of those that begin a component is enough to name a way to it. */
function noteBeginner(beginners: Map<string, string>, name: string, called: readonly string[]): void {
  for (const key of called) if (!beginners.has(key)) beginners.set(key, name);
}

function qualified(bundle: string, reference: string): string {
  return reference.includes('/') ? reference : `${bundle}/${reference}`;
}

/** A name alone is the caller's own bundle's; `*` is whatever there is. */
function callsOf(token: Token, bundle: string, keys: readonly string[]): readonly string[] {
  if (token.kind !== 'tool' && token.kind !== 'agent') return [];
  if (token.name === '*') return keys.filter((key) => key.startsWith(`${token.kind}:`));
  return [keyOf(token.kind, qualified(bundle, token.name))];
}

/** Tokens of mode `x` and units are held for the whole call, the others for one operation. */
function taken(tokens: readonly Token[], quotas: readonly Quota[]): Pick<Component, 'holds' | 'uses'> {
  const scopes = tokens.filter(({ kind }) => kind === 'kv' || kind === 'vector' || kind === 'fs');
  const isHeld = (token: Token): boolean => 'mode' in token && token.mode === 'x';
  return {
    holds: [...scopes.filter(isHeld).map(scopeOf), ...unitsOf(tokens, quotas)],
    uses: scopes.filter((token) => !isHeld(token)).map(scopeOf),
  };
}

/** Steps follow each other or run beside each other; either way none holds anything once it is done, nor while another begins. */
function calledBy(steps: readonly ManifestStep[], bundle: string): readonly string[] {
  return steps.flatMap((step): readonly string[] => {
    switch (step.type) {
      case 'tool':
        return [keyOf('tool', qualified(bundle, step.tool))];
      case 'agent':
        return [keyOf('agent', qualified(bundle, step.agent))];
      case 'team':
        return [];
      case 'condition':
        return calledBy([...step.then, ...step.else], bundle);
      case 'parallel':
        return calledBy(step.steps, bundle);
    }
  });
}
