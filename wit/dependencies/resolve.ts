/**
 * Chooses one version of each bundle, so that all ranges fit and nobody waits for himself. Versions are tried one bundle after the other,
 * the locked one first and then the newest. Of a dead end the bundles are known that brought it about, and the search goes back to the
 * last of these, since what lies between could change nothing.
 */
import { type DependencyProblem, versionsText } from './problem.ts';
import { compareVersions, isVersion, rangeFits } from './ranges.ts';
import { type DependencyNode, dependencyTree, sortedEntries } from './tree.ts';

/** A version of a bundle, and what it needs. */
export interface AvailableVersion {
  readonly name: string;
  readonly version: string;
  /** Ranges by the names of bundles. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What is to be resolved. */
export interface ResolutionRequest {
  /** Whose dependencies they are; no version of it can be chosen. */
  readonly root: {
    readonly name: string;
    readonly version?: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  /** All versions that there are; one that is no semantic version is left out. */
  readonly available: readonly AvailableVersion[];
  /** Versions by name that are taken where they fit. */
  readonly locked?: ReadonlyMap<string, string>;
}

/** What a resolution comes to. */
export type Resolution =
  | { readonly kind: 'resolved'; /** Sorted by name. */ readonly versions: readonly AvailableVersion[] }
  | { readonly kind: 'unresolved'; readonly problem: DependencyProblem };

/** Maxima of a resolution. */
export const resolutionMaxima = {
  /** Bundles that are chosen together. */
  bundles: 256,
  /** Versions that are tried; more would be a search without an end in sight. */
  tries: 20_000,
} as const;

/** Resolves; pure, and the same for the same request. */
export function resolveDependencies(request: ResolutionRequest): Resolution {
  const search = new Search(request);
  const versions = search.run();
  if (versions === undefined) return { kind: 'unresolved', problem: search.problem() };
  return { kind: 'resolved', versions: versions.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name))) };
}

/** Who asks for a bundle; the root's name for what the project itself wants. */
interface Requirement {
  readonly by: string;
  readonly range: string;
}

/** Why a version could not be taken. */
type Failure =
  /** `ranges`: no version fits all that is asked for. `chosen`: one would, and another was chosen already. */
  | { readonly kind: 'ranges' | 'chosen'; readonly name: string; readonly by: string; readonly range: string }
  | { readonly kind: 'cycle'; readonly way: readonly string[] }
  | { readonly kind: 'bundles' | 'tries' };

/** What was chosen when the search came to a dead end. */
interface DeadEnd {
  readonly failure: Failure;
  readonly chosen: ReadonlyMap<string, AvailableVersion>;
  readonly requirements: ReadonlyMap<string, readonly Requirement[]>;
}

/** The names whose versions brought a dead end about, or what solves it all. */
type Step = { readonly solved: true } | { readonly solved: false; readonly because: ReadonlySet<string> };

class Search {
  readonly #root: ResolutionRequest['root'];
  /** By name, in the order in which they are tried. */
  readonly #available: ReadonlyMap<string, readonly AvailableVersion[]>;
  readonly #chosen = new Map<string, AvailableVersion>();
  readonly #requirements = new Map<string, Requirement[]>();
  /** Names in the order in which they were asked for; the first ones have a version. */
  readonly #order: string[] = [];
  #tries = 0;
  /** A maximum was reached: nothing further is tried. */
  #exhausted = false;
  /** The first one, which is what a person would try first, too; one that another choice would have avoided only where there is no other. */
  #deadEnd: DeadEnd | undefined;

  constructor({ root, available, locked = new Map() }: ResolutionRequest) {
    this.#root = root;
    this.#available = orderedVersions(available, locked);
  }

  run(): readonly AvailableVersion[] | undefined {
    const { name, dependencies } = this.#root;
    const failure = this.#failureOf({ name, version: '', dependencies });
    if (failure !== undefined) {
      this.#note(failure.failure);
      return undefined;
    }
    this.#require(name, dependencies);
    return this.#choose(0).solved ? [...this.#chosen.values()] : undefined;
  }

  problem(): DependencyProblem {
    const { failure, chosen, requirements } = this.#deadEnd ?? {
      failure: { kind: 'tries' },
      chosen: this.#chosen,
      requirements: this.#requirements,
    };
    return problemOf(failure, { root: this.#root, available: this.#available, chosen, requirements });
  }

  /** Chooses for the name at a place of the order, and for all after it. */
  #choose(place: number): Step {
    const name = this.#order[place];
    if (name === undefined) return { solved: true };
    const requirements = this.#requirements.get(name) ?? [];
    const because = new Set(requirements.map(({ by }) => by));
    for (const version of this.#available.get(name) ?? []) {
      if (!requirements.every(({ range }) => rangeFits(range, version.version))) continue;
      this.#tries += 1;
      if (this.#tries > resolutionMaxima.tries) this.#giveUp('tries');
      if (this.#exhausted) break;
      const failure = this.#failureOf(version);
      if (failure === undefined) {
        const step = this.#try(version, place);
        if (step.solved || this.#exhausted || !step.because.has(name)) return step;
        for (const other of step.because) because.add(other);
      } else {
        this.#note(failure.failure, version);
        for (const other of failure.because) because.add(other);
      }
    }
    because.delete(name);
    return { solved: false, because };
  }

  #try(version: AvailableVersion, place: number): Step {
    const known = this.#order.length;
    this.#chosen.set(version.name, version);
    this.#require(version.name, version.dependencies);
    if (this.#order.length > resolutionMaxima.bundles) this.#giveUp('bundles');
    const step: Step = this.#exhausted ? { solved: false, because: new Set() } : this.#choose(place + 1);
    if (step.solved) return step;
    for (const [dependency] of sortedEntries(version.dependencies)) this.#requirements.get(dependency)?.pop();
    this.#order.length = known;
    this.#chosen.delete(version.name);
    return step;
  }

  #require(by: string, dependencies: Readonly<Record<string, string>>): void {
    for (const [name, range] of sortedEntries(dependencies)) {
      const known = this.#requirements.get(name);
      if (known === undefined) this.#requirements.set(name, [{ by, range }]);
      else known.push({ by, range });
      if (!this.#order.includes(name)) this.#order.push(name);
    }
  }

  /** Why a version does not go with what is chosen and asked for. */
  #failureOf(
    version: AvailableVersion,
  ): { readonly failure: Failure; readonly because: readonly string[] } | undefined {
    for (const [name, range] of sortedEntries(version.dependencies)) {
      const by = version.name;
      const way = this.#way(name, by);
      if (way !== undefined) return { failure: { kind: 'cycle', way: [by, ...way] }, because: way };
      const others = (this.#requirements.get(name) ?? []).filter((one) => one.by !== by);
      const ranges = [...others.map((one) => one.range), range];
      const fits = (one: AvailableVersion): boolean => ranges.every((wanted) => rangeFits(wanted, one.version));
      const chosen = this.#chosen.get(name);
      if (chosen !== undefined && fits(chosen)) continue;
      const some = (this.#available.get(name) ?? []).some(fits);
      if (chosen === undefined && some) continue;
      const because = chosen === undefined ? others.map((one) => one.by) : [name];
      return { failure: { kind: some ? 'chosen' : 'ranges', name, by, range }, because };
    }
    return undefined;
  }

  /** The names from one bundle to another along what is chosen, both included; `undefined` where there is no way. */
  #way(from: string, to: string): readonly string[] | undefined {
    const before = new Map<string, string | undefined>([[from, undefined]]);
    for (const name of before.keys()) {
      if (name === to) {
        const way: string[] = [];
        for (let at: string | undefined = name; at !== undefined; at = before.get(at)) way.unshift(at);
        return way;
      }
      const found = name === this.#root.name ? this.#root : this.#chosen.get(name);
      for (const next of Object.keys(found?.dependencies ?? {})) if (!before.has(next)) before.set(next, name);
    }
    return undefined;
  }

  #giveUp(kind: 'bundles' | 'tries'): void {
    this.#exhausted = true;
    this.#deadEnd = undefined;
    this.#note({ kind });
  }

  #note(failure: Failure, version?: AvailableVersion): void {
    if (this.#deadEnd !== undefined && (this.#deadEnd.failure.kind !== 'chosen' || failure.kind === 'chosen')) return;
    const chosen = new Map(this.#chosen);
    if (version !== undefined) chosen.set(version.name, version);
    const requirements = new Map([...this.#requirements].map(([name, list]) => [name, [...list]] as const));
    this.#deadEnd = { failure, chosen, requirements };
  }
}

function orderedVersions(
  available: readonly AvailableVersion[],
  locked: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly AvailableVersion[]> {
  const found = new Map<string, Map<string, AvailableVersion>>();
  for (const one of available) {
    if (!isVersion(one.version)) continue;
    const versions = found.get(one.name) ?? new Map<string, AvailableVersion>();
    if (!versions.has(one.version)) versions.set(one.version, one);
    found.set(one.name, versions);
  }
  return new Map(
    [...found].map(([name, versions]) => {
      const isLocked = (one: AvailableVersion): number => Number(locked.get(name) === one.version);
      const ordered = [...versions.values()].toSorted(
        (a, b) => isLocked(b) - isLocked(a) || compareVersions(b.version, a.version),
      );
      return [name, ordered];
    }),
  );
}

/** What a problem is told of. */
interface Situation extends Pick<DeadEnd, 'chosen' | 'requirements'> {
  readonly root: ResolutionRequest['root'];
  readonly available: ReadonlyMap<string, readonly AvailableVersion[]>;
}

function problemOf(failure: Failure, situation: Situation): DependencyProblem {
  const { root, chosen } = situation;
  const draw: Draw = (problem) => dependencyTree({ ...root, chosen, problemOf: problem });
  switch (failure.kind) {
    case 'bundles':
    case 'tries':
      return {
        code: 'BUNDLE_DEPENDENCY_CONFLICT',
        name: root.name,
        state:
          failure.kind === 'bundles'
            ? `there are more than ${resolutionMaxima.bundles} of them`
            : `nothing fits after ${resolutionMaxima.tries} tries`,
        remedy: 'Narrow the ranges, or depend on fewer bundles',
        tree: draw(() => undefined),
      };
    case 'cycle': {
      const { way } = failure;
      const [last = '', first = ''] = way;
      return {
        code: 'BUNDLE_DEPENDENCY_CYCLE',
        name: first,
        state: way.map((name) => `"${name}"`).join(' depends on '),
        remedy: 'Move what both need into a bundle of its own',
        tree: draw(({ from, name }) => (from === last && name === first ? 'a circle' : undefined)),
      };
    }
    case 'ranges':
    case 'chosen':
      return rangesProblem(failure, situation, draw);
  }
}

type Draw = (problem: (edge: { from: string; name: string; range: string }) => string | undefined) => DependencyNode;

function rangesProblem(
  { kind, name, by, range }: Extract<Failure, { kind: 'ranges' | 'chosen' }>,
  { root, available, chosen, requirements }: Situation,
  draw: Draw,
): DependencyProblem {
  const versions = (available.get(name) ?? []).map(({ version }) => version).toSorted((a, b) => compareVersions(b, a));
  if (!versions.some((version) => rangeFits(range, version))) {
    const state =
      versions.length === 0 ? 'there is no such bundle' : `no version of it fits: ${versionsText(versions)}`;
    return {
      code: 'BUNDLE_DEPENDENCY_MISSING',
      name,
      state: `"${by}" needs "${name}" ${range}, and ${state}`,
      remedy:
        by === root.name
          ? `Correct the name or the range, or publish a version of "${name}" that fits`
          : `Publish a version of "${name}" that fits, or depend on another version of "${by}"`,
      tree: draw((edge) => (edge.from === by && edge.name === name ? state : undefined)),
    };
  }
  const others = (requirements.get(name) ?? []).filter((one) => one.by !== by);
  const wanted = [...others, { by, range }].map((one) => `"${one.by}" needs ${one.range}`).join(', ');
  const taken =
    kind === 'chosen' ? `${chosen.get(name)?.version ?? ''} of "${name}" does not fit` : `no version of "${name}" fits`;
  return {
    code: 'BUNDLE_DEPENDENCY_CONFLICT',
    name,
    state: `${taken} all that need it: ${wanted}`,
    remedy: `Change the ranges so that one version of "${name}" fits all of them: ${versionsText(versions)}`,
    tree: draw((edge) => (edge.name === name ? 'conflict' : undefined)),
  };
}
