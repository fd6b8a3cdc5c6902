/**
 * The components of the active versions at one moment. An index never changes: a swap makes another one, so that whoever holds one goes on
 * seeing what it saw. The order of a list and the words of a search are made when somebody first asks for them.
 */
import type { ComponentKind } from '#wit/api';
import { splitReference } from '#wit/manifest';
import { nearestName } from '#wit/tokens';
import type { ActiveBundle } from '../service/ports.ts';
import { type ActiveComponent, compareKeys, componentsOf, keyOf, qualifiedNameOf } from './active-component.ts';
import { componentNotFound, nameAmbiguous } from './errors.ts';
import { queryLimits, searchLimits } from './limits.ts';
import { TextIndex } from './text-index.ts';

/** Edit distance beyond which `nearestName` sees no likeness. */
const nearLengthsMax = 3;

/** See above. */
export class ComponentIndex {
  /** Sorted by name. */
  readonly bundles: ReadonlyMap<string, ActiveBundle>;
  readonly counts: Readonly<Record<ComponentKind, number>>;
  /** Those of one name are in the order of their bundles. */
  readonly #byName: ReadonlyMap<string, readonly ActiveComponent[]>;
  #sorted: readonly ActiveComponent[] | undefined;
  #text: TextIndex | undefined;

  /** Of several with one name the last one counts. */
  constructor(bundles: Iterable<ActiveBundle>) {
    const byBundle = new Map(Array.from(bundles, (bundle) => [bundle.manifest.name, bundle]));
    this.bundles = new Map([...byBundle].sort(([left], [right]) => (left < right ? -1 : 1)));
    const byName = new Map<string, ActiveComponent[]>();
    const counts = { tool: 0, agent: 0, team: 0, pipeline: 0 };
    for (const bundle of this.bundles.values()) {
      for (const component of componentsOf(bundle)) {
        counts[component.kind] += 1;
        const namesakes = byName.get(component.part.name);
        if (namesakes) namesakes.push(component);
        else byName.set(component.part.name, [component]);
      }
    }
    this.counts = counts;
    this.#byName = byName;
  }

  /** In the order of a list. */
  get sorted(): readonly ActiveComponent[] {
    this.#sorted ??= [...this.#byName.values()]
      .flat()
      .map((component) => ({ component, key: keyOf(component) }))
      .sort((left, right) => compareKeys(left.key, right.key))
      .map(({ component }) => component);
    return this.#sorted;
  }

  /** For searching. */
  get text(): TextIndex {
    this.#text ??= new TextIndex(this.sorted);
    return this.#text;
  }

  /** One by plain or qualified name. @throws {CodedError} `NOT_FOUND`, `NAME_AMBIGUOUS`. */
  resolve(name: string, kind: ComponentKind | undefined): ActiveComponent {
    const found = this.#find(name, kind);
    const [first] = found;
    if (!first) throw componentNotFound(name, kind, this.#nearest(name, kind));
    if (found.length > 1) {
      const choices = found.map((one) => ({ kind: one.kind, qualifiedName: qualifiedNameOf(one) }));
      throw nameAmbiguous(name, choices);
    }
    return first;
  }

  /** Bundles beside its own that have a component of this kind and name: the first of them, sorted. */
  clashes({ kind, part, bundle }: ActiveComponent): readonly string[] {
    const others: string[] = [];
    for (const other of this.#byName.get(part.name) ?? []) {
      if (other.kind === kind && other.bundle !== bundle) others.push(other.bundle.manifest.name);
      if (others.length >= queryLimits.clashesMax) break;
    }
    return others;
  }

  #find(name: string, kind: ComponentKind | undefined): readonly ActiveComponent[] {
    const { bundle, name: own } = splitReference(name);
    const namesakes = this.#byName.get(own) ?? [];
    if (kind === undefined && bundle === undefined) return namesakes;
    return namesakes.filter(
      (one) =>
        (kind === undefined || one.kind === kind) && (bundle === undefined || one.bundle.manifest.name === bundle),
    );
  }

  /** What a name that leads nowhere may have meant: the same in another bundle, or a name that is spelled alike. */
  #nearest(name: string, kind: ComponentKind | undefined): string | undefined {
    const { bundle, name: own } = splitReference(name);
    const inside = bundle === undefined ? undefined : this.bundles.get(bundle);
    if (bundle === undefined || !inside) {
      const [same] = this.#find(own, kind);
      const near = same ? own : this.#near(own, kind, this.#byName.values());
      const [found] = near === undefined ? [] : this.#find(near, kind);
      return found && (bundle === undefined ? near : qualifiedNameOf(found));
    }
    const near = this.#near(own, kind, [componentsOf(inside)]);
    if (near !== undefined) return `${bundle}/${near}`;
    const [elsewhere] = this.#find(own, kind);
    return elsewhere && qualifiedNameOf(elsewhere);
  }

  #near(
    name: string,
    kind: ComponentKind | undefined,
    groups: Iterable<readonly ActiveComponent[]>,
  ): string | undefined {
    const names = new Set<string>();
    for (const group of groups) {
      for (const { kind: its, part } of group) {
        if (kind !== undefined && its !== kind) continue;
        if (Math.abs(part.name.length - name.length) <= nearLengthsMax) names.add(part.name);
      }
      if (names.size >= searchLimits.nearestMax) break;
    }
    return nearestName(name, [...names]);
  }
}
