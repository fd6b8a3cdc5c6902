/** What of a manifest matters to other bundles. */
import type { BundleFacts, ForeignReference, ReferredKind } from '#wit/dependencies';
import type { Manifest } from './manifest.ts';
import type { ManifestStep } from './pipeline.ts';
import { splitReference } from './references.ts';

/** The facts that `checkActive` compares: its dependencies, what others may name of it, and what it names of others. */
export function bundleFacts({ name, version, dependencies = {}, tools, ...rest }: Manifest): BundleFacts {
  const { agents = [], teams = [], pipelines = [] } = rest;
  return {
    name,
    version,
    dependencies,
    components: { tool: namesOf(tools), agent: namesOf(agents) },
    references: [
      ...agents.flatMap((agent) => foreign('tool', agent.tools, `the agent "${agent.name}"`)),
      ...teams.flatMap((team) => foreign('agent', team.agents, `the team "${team.name}"`)),
      ...pipelines.flatMap((pipeline) =>
        pipeline.steps.flatMap((step) => referencesOf(step, `the pipeline "${pipeline.name}"`)),
      ),
    ],
  };
}

function namesOf(components: readonly { readonly name: string }[]): readonly string[] {
  return components.map(({ name }) => name);
}

function foreign(kind: ReferredKind, names: readonly string[], by: string): readonly ForeignReference[] {
  return names.flatMap((text) => {
    const { bundle, name } = splitReference(text);
    return bundle === undefined ? [] : [{ kind, bundle, name, by }];
  });
}

function referencesOf(step: ManifestStep, by: string): readonly ForeignReference[] {
  switch (step.type) {
    case 'tool':
      return foreign('tool', [step.tool], by);
    case 'agent':
      return foreign('agent', [step.agent], by);
    case 'team':
      return [];
    case 'condition':
      return [...step.then, ...step.else].flatMap((inner) => referencesOf(inner, by));
    case 'parallel':
      return step.steps.flatMap((inner) => referencesOf(inner, by));
  }
}
