/**
 * The tokens of agents, teams and pipelines: the union of what they use. A nested call never has more than its caller.
 *
 * Of a tool or an agent of another bundle (`invoice-kit/sumLines`) there is only the token of the call, which names the bundle too. What it
 * may touch was granted to its own bundle, and changes with its version, which a manifest that calls it cannot know: the host adds the
 * tokens of the active version to those of the caller while it serves the call.
 */
import type { ManifestAgent, ManifestTeam } from './orchestration.ts';
import type { ManifestStep } from './pipeline.ts';

/** What a component that calls others is made of, as far as tokens go. */
export interface TokenSources {
  /** Tokens of each tool, by name. */
  readonly tools: ReadonlyMap<string, readonly string[]>;
  /** Tokens of each agent, by name. */
  readonly agents: ReadonlyMap<string, readonly string[]>;
  /** Tokens of each team, by name. */
  readonly teams: ReadonlyMap<string, readonly string[]>;
}

/** Its model, its tools' tokens, and the calls of its tools; sorted, each once. */
export function agentTokens(
  { llm, tools }: Pick<ManifestAgent, 'llm' | 'tools'>,
  sources: Pick<TokenSources, 'tools'>,
): readonly string[] {
  return union([`llm:${llm.provider}:${llm.model}`, ...tools.flatMap((tool) => called('tool', tool, sources.tools))]);
}

/** Its agents' tokens and the calls of its agents; sorted, each once. */
export function teamTokens(
  { agents }: Pick<ManifestTeam, 'agents'>,
  sources: Pick<TokenSources, 'agents'>,
): readonly string[] {
  return union(agents.flatMap((agent) => called('agent', agent, sources.agents)));
}

/** Tokens of what its steps call, and those that call them; sorted, each once. A team is called by way of its agents. */
export function pipelineTokens(steps: readonly ManifestStep[], sources: TokenSources): readonly string[] {
  return union(steps.flatMap((step) => stepTokens(step, sources)));
}

function stepTokens(step: ManifestStep, sources: TokenSources): readonly string[] {
  switch (step.type) {
    case 'tool':
      return called('tool', step.tool, sources.tools);
    case 'agent':
      return called('agent', step.agent, sources.agents);
    case 'team':
      return sources.teams.get(step.team) ?? [];
    case 'condition':
      return [...step.then, ...step.else].flatMap((inner) => stepTokens(inner, sources));
    case 'parallel':
      return step.steps.flatMap((inner) => stepTokens(inner, sources));
  }
}

function called(
  kind: 'tool' | 'agent',
  name: string,
  known: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return [`${kind}:${name}:call`, ...(known.get(name) ?? [])];
}

function union(tokens: readonly string[]): readonly string[] {
  return [...new Set(tokens)].sort((a, b) => (a < b ? -1 : Number(a > b)));
}
