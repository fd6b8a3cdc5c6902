/** Whether a version may become active beside those that are: a host asks before it changes anything. */
import type { DependencyCode, DependencyProblem } from './problem.ts';
import { rangeFits } from './ranges.ts';
import type { AvailableVersion } from './resolve.ts';
import { dependencyTree, sortedEntries } from './tree.ts';

/** The kinds of components that others may name. */
export type ReferredKind = 'tool' | 'agent';

/** A component of another bundle that a bundle names. */
export interface ForeignReference {
  readonly kind: ReferredKind;
  readonly bundle: string;
  readonly name: string;
  /** Who names it, for people: `agent "clerk"`. */
  readonly by: string;
}

/** A version with what others may name of it, and what it names of others; `bundleFacts` of #wit/manifest makes one. */
export interface BundleFacts extends AvailableVersion {
  readonly components: Readonly<Record<ReferredKind, readonly string[]>>;
  readonly references: readonly ForeignReference[];
}

/** A thing that is wrong between two bundles. */
interface Fault {
  readonly code: DependencyCode;
  /** The bundle whose tree is shown, and the edge of it that is at fault. */
  readonly from: string;
  readonly name: string;
  readonly state: string;
  /** The short form, at the edge. */
  readonly mark: string;
  readonly remedy: string;
}

/**
 * What would not work with the candidate among the active versions: a range of it, or of one that depends on it, that is not kept, a
 * component that is named and not there, or a circle; `undefined` where all is well. A version of the candidate's own name among the
 * active ones is the one that it replaces. Pure.
 */
export function checkActive(candidate: BundleFacts, active: readonly BundleFacts[]): DependencyProblem | undefined {
  const after = new Map([...active, candidate].map((bundle) => [bundle.name, bundle]));
  const others = [...after.values()].filter(({ name }) => name !== candidate.name);
  const dependents = others.filter(({ dependencies }) => Object.hasOwn(dependencies, candidate.name));
  const faults = [
    ...edgesOf(candidate).flatMap((edge) => faultsOf(candidate, edge, { after, candidate })),
    ...dependents.flatMap((bundle) =>
      edgesOf(bundle)
        .filter(([name]) => name === candidate.name)
        .flatMap((edge) => faultsOf(bundle, edge, { after, candidate })),
    ),
    ...circleFaults(candidate, after),
  ];
  const [first] = faults;
  if (first === undefined) return undefined;
  const shown = after.get(first.from) ?? candidate;
  const more = faults.length - 1;
  return {
    code: first.code,
    name: first.name,
    state: more === 0 ? first.state : `${first.state}; and ${more} more`,
    remedy: first.remedy,
    tree: dependencyTree({
      ...shown,
      chosen: after,
      problemOf: ({ from, name }) => faults.find((fault) => fault.from === from && fault.name === name)?.mark,
    }),
  };
}

function edgesOf({ dependencies }: AvailableVersion): readonly (readonly [name: string, range: string])[] {
  return sortedEntries(dependencies);
}

interface Surroundings {
  readonly after: ReadonlyMap<string, BundleFacts>;
  readonly candidate: BundleFacts;
}

function faultsOf(
  from: BundleFacts,
  [name, range]: readonly [string, string],
  { after, candidate }: Surroundings,
): readonly Fault[] {
  const found = after.get(name);
  const needs = `"${from.name}" ${from.version} needs "${name}" ${range}`;
  const fault = { from: from.name, name };
  if (found === undefined)
    return [
      {
        ...fault,
        code: 'BUNDLE_DEPENDENCY_MISSING',
        state: `${needs}, and no version of it is active`,
        mark: 'not active',
        remedy: `Upload a version of "${name}" in ${range} first`,
      },
    ];
  if (!rangeFits(range, found.version))
    return [
      {
        ...fault,
        code: 'BUNDLE_DEPENDENCY_CONFLICT',
        state: `${needs}, and ${found === candidate ? 'this' : 'the active one'} is ${found.version}`,
        mark: 'conflict',
        remedy:
          found === candidate
            ? `Upload a version of "${from.name}" that takes "${name}" ${found.version} first`
            : `Upload a version of "${name}" in ${range} first, or a "${from.name}" that takes ${found.version}`,
      },
    ];
  return from.references
    .filter((reference) => reference.bundle === name && !found.components[reference.kind].includes(reference.name))
    .map(({ kind, name: component, by }) => ({
      ...fault,
      code: 'BUNDLE_DEPENDENCY_MISSING' as const,
      state: `${by} of "${from.name}" ${from.version} uses the ${kind} "${name}/${component}", and "${name}" ${found.version} has none of that name`,
      mark: `no ${kind} "${component}"`,
      remedy: `Upload a version of "${name}" that has it, or a "${from.name}" that does without`,
    }));
}

function circleFaults(candidate: BundleFacts, after: ReadonlyMap<string, BundleFacts>): readonly Fault[] {
  const way = wayBack(candidate, after);
  if (way === undefined) return [];
  return [
    {
      code: 'BUNDLE_DEPENDENCY_CYCLE',
      from: way.at(-2) ?? candidate.name,
      name: candidate.name,
      state: way.map((name) => `"${name}"`).join(' depends on '),
      mark: 'a circle',
      remedy: 'Move what both need into a bundle of its own',
    },
  ];
}

/** The names from a bundle to itself, along what is active; the nearest way. */
function wayBack({ name }: BundleFacts, after: ReadonlyMap<string, BundleFacts>): readonly string[] | undefined {
  const ways = new Map<string, readonly string[]>([[name, [name]]]);
  for (const [at, way] of ways) {
    for (const next of Object.keys(after.get(at)?.dependencies ?? {}).toSorted()) {
      if (next === name) return [...way, name];
      if (!ways.has(next)) ways.set(next, [...way, next]);
    }
  }
  return undefined;
}
