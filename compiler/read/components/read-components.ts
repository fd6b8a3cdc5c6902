/** Reads the agents, teams and pipelines of a project, and who calls whom. */
import { type ManifestAgent, type ManifestPipeline, type ManifestTeam, manifestMaxima } from '#wit/manifest';
import { compareText } from '../../check/diagnostic.ts';
import type { ToolPair } from '../check-reach.ts';
import type { ComponentKind, FoundComponent } from '../found-tool.ts';
import type { ReadDependencies } from '../dependencies.ts';
import type { ReadScope } from '../read-scope.ts';
import type { Tuning } from '../tuning.ts';
import { reportCallCycles } from './call-cycles.ts';
import { type OpenedComponent, checkComponentNames, checkTunedNames, openComponent } from './component-options.ts';
import { agentOptions, readAgent } from './read-agent.ts';
import { pipelineOptions, readPipeline } from './read-pipeline.ts';
import { readTeam, teamOptions } from './read-team.ts';
import { ComponentRegistry } from './registry.ts';

/** What reading comes to; each sorted by name. */
export interface ReadComponents {
  readonly agents: readonly ManifestAgent[];
  readonly teams: readonly ManifestTeam[];
  readonly pipelines: readonly ManifestPipeline[];
}

/** What is read. */
export interface ComponentSources {
  readonly found: readonly FoundComponent[];
  readonly tools: readonly ToolPair[];
  readonly tuning: Tuning;
  /** The name of the bundle. */
  readonly bundle: string;
  readonly dependencies: ReadDependencies;
}

const options: Readonly<Record<ComponentKind, readonly string[]>> = {
  agent: agentOptions,
  team: teamOptions,
  pipeline: pipelineOptions,
};

/** Reads and checks all of them; what is wrong is reported. */
export function readComponents(sources: ComponentSources, scope: ReadScope): ReadComponents {
  const { found, tools, tuning } = sources;
  const registry = new ComponentRegistry(sources, scope);
  const opened = found.map((component) => openComponent(component, options[component.kind], scope));
  for (const component of opened) registry.add(component.found, component.name);
  checkComponentNames(opened, scope);
  const of = (kind: ComponentKind): readonly OpenedComponent[] => opened.filter((one) => one.found.kind === kind);
  const agents = of('agent').map((component) => readAgent(component, registry, tuning));
  const teams = of('team').map((component) => readTeam(component, { registry, agents, tuning }));
  const pipelines = of('pipeline').map((component) => readPipeline(component, { registry, agents, teams, tuning }));
  checkTunedNames('tool', tuning.tools, [...registry.tools.keys()], scope);
  checkTunedNames('agent', tuning.agents, registry.namesOf('agent'), scope);
  checkTunedNames('team', tuning.teams, registry.namesOf('team'), scope);
  checkTunedNames('pipeline', tuning.pipelines, registry.namesOf('pipeline'), scope);
  for (const list of [agents, teams, pipelines]) checkMaxima(list, opened, scope);
  reportCallCycles({ tools, agents, opened }, scope);
  return { agents: byName(agents), teams: byName(teams), pipelines: byName(pipelines) };
}

/** Reports what a manifest would not hold. */
function checkMaxima(
  components: readonly { readonly name: string; readonly tokens: readonly string[] }[],
  opened: readonly OpenedComponent[],
  scope: ReadScope,
): void {
  const { orchestrations, tokensPerOrchestration } = manifestMaxima;
  const foundOf = (name: string): FoundComponent | undefined => opened.find((one) => one.name === name)?.found;
  const over = foundOf(components[orchestrations]?.name ?? '');
  if (over !== undefined)
    scope.report(over.nameNode, {
      code: 'TOO_MANY_TOOLS',
      message: `Cannot make a bundle of ${components.length} ${over.kind}s: it may hold ${orchestrations}`,
      remedy: 'Split the project',
    });
  for (const { name, tokens } of components) {
    const found = tokens.length > tokensPerOrchestration ? foundOf(name) : undefined;
    if (found === undefined) continue;
    scope.report(found.nameNode, {
      code: 'TOO_MANY_TOKENS',
      message: `Cannot give the ${found.kind} "${name}" ${tokens.length} tokens: it may have ${tokensPerOrchestration}`,
      remedy: 'Let it use fewer tools, or tools with wider scopes',
    });
  }
}

function byName<Component extends { readonly name: string }>(components: readonly Component[]): readonly Component[] {
  return components.toSorted((a, b) => compareText(a.name, b.name));
}
