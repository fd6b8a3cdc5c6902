/** A component of an active version: a reference into its manifest, and nothing copied out of it. */
import type { ComponentKind, ComponentSummary } from '#wit/api';
import type { ManifestAgent, ManifestPipeline, ManifestTeam, ManifestTool } from '#wit/manifest';
import type { ActiveBundle } from '../service/ports.ts';

/** The part of a manifest that each kind is. */
interface ComponentParts {
  readonly tool: ManifestTool;
  readonly agent: ManifestAgent;
  readonly team: ManifestTeam;
  readonly pipeline: ManifestPipeline;
}

/** See above. */
export type ActiveComponent = {
  readonly [Kind in ComponentKind]: {
    readonly kind: Kind;
    readonly part: ComponentParts[Kind];
    readonly bundle: ActiveBundle;
  };
}[ComponentKind];

/** What stands in the order of a list. */
export interface ComponentKey {
  readonly name: string;
  readonly kind: ComponentKind;
  readonly bundle: string;
}

const kindOrder: Readonly<Record<ComponentKind, number>> = { tool: 0, agent: 1, team: 2, pipeline: 3 };

/** Everything that a bundle has. */
export function componentsOf(bundle: ActiveBundle): readonly ActiveComponent[] {
  const { tools, agents = [], teams = [], pipelines = [] } = bundle.manifest;
  return [
    ...tools.map((part) => ({ kind: 'tool', part, bundle }) as const),
    ...agents.map((part) => ({ kind: 'agent', part, bundle }) as const),
    ...teams.map((part) => ({ kind: 'team', part, bundle }) as const),
    ...pipelines.map((part) => ({ kind: 'pipeline', part, bundle }) as const),
  ];
}

/** Where it stands in the order of a list. */
export function keyOf({ kind, part, bundle }: ActiveComponent): ComponentKey {
  return { name: part.name, kind, bundle: bundle.manifest.name };
}

/** `bundle/name`. */
export function qualifiedNameOf({ part, bundle }: ActiveComponent): string {
  return `${bundle.manifest.name}/${part.name}`;
}

/** The order of a list: by name, letter case aside; then by kind and by bundle. No two components are equal. */
export function compareKeys(left: ComponentKey, right: ComponentKey): number {
  return (
    compareTexts(left.name.toLowerCase(), right.name.toLowerCase()) ||
    compareTexts(left.name, right.name) ||
    kindOrder[left.kind] - kindOrder[right.kind] ||
    compareTexts(left.bundle, right.bundle)
  );
}

/** A component in a list. `clashes`: the other bundles with one of its kind and name. */
export function summaryOf(component: ActiveComponent, clashes: readonly string[]): ComponentSummary {
  const { kind, part, bundle } = component;
  return {
    kind,
    name: part.name,
    qualifiedName: qualifiedNameOf(component),
    description: part.description,
    bundle: bundle.manifest.name,
    version: bundle.manifest.version,
    clashes,
  };
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
