/** What the bundles of a host offer: tools, agents, teams and pipelines of the versions that are active. */

/** The kinds of components. */
export const componentKinds = ['tool', 'agent', 'team', 'pipeline'] as const;
export type ComponentKind = (typeof componentKinds)[number];

/** A component in a list. */
export interface ComponentSummary {
  readonly kind: ComponentKind;
  readonly name: string;
  /** `bundle/name`, which no other component of its kind has. */
  readonly qualifiedName: string;
  readonly description: string;
  readonly bundle: string;
  readonly version: string;
  /** Other bundles that have a component of this kind and name: then only the qualified name finds it. */
  readonly clashes: readonly string[];
}

/** A component in full. */
export interface ComponentDetails extends ComponentSummary {
  readonly tokens: readonly string[];
  /** JSON Schemas 2020-12; of tools and, where it declares one, of others. */
  readonly inputSchema: unknown;
  readonly outputSchema: unknown;
  /** The component's part of the manifest. */
  readonly manifest: unknown;
  readonly provenance: Provenance;
}

/** Where a bundle comes from. */
export interface Provenance {
  /** BLAKE3 of the archive. */
  readonly hash: string;
  readonly manifestHash: string;
  /** Whose signature it has; absent for an unsigned one. */
  readonly key?: { readonly id: string; readonly name: string };
  /** Of the signature; 0 for an unsigned one. */
  readonly sequence: number;
  readonly installedAtMs: number;
}

/** Which components. */
export interface ComponentQuery {
  readonly kind?: ComponentKind;
  readonly bundle?: string;
  /** Words to find in names and descriptions; the best first. All by name where absent. */
  readonly text?: string;
  /** 1 to 1,000; 100 where absent. */
  readonly pageSize?: number;
  readonly pageToken?: string;
}

/** Some components. */
export interface ComponentPage {
  readonly components: readonly ComponentSummary[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}
