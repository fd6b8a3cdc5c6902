/** Whether components of active bundles and of a candidate could come to wait for each other, before any of them runs. */
import { parseToken } from '#wit/tokens';
import { syncDefaults } from '../limits.ts';
import type { Quota } from '../scheduler.ts';
import { type CallTree, type CalledManifest, keyOf, readCallTree } from './call-tree.ts';
import { findCycles } from './cycles.ts';
import { type Resource, mayWaitFor, scopeOf, unitsOf, withoutCovered } from './resources.ts';
import { type Effort, type Plan, type WaitEdge, nestedQuotas, takenBelow, waitEdges } from './wait-edges.ts';

/** One line of work in a cycle. */
export interface DeadlockStep {
  /** What it holds and the line before it wants. */
  readonly held: string;
  /** From the pipeline, team or outermost component to the one that holds it. */
  readonly heldBy: readonly string[];
  /** What it wants and the next line holds. */
  readonly wants: string;
  readonly wantedBy: readonly string[];
}

/** Lines of work that could wait for each other; the last one wants what the first one holds. */
export interface PossibleDeadlock {
  readonly cycle: readonly DeadlockStep[];
  /** Whether the plan of the result rules it out. */
  readonly canSerialise: boolean;
}

/** What was found. */
export interface DeadlockCheck {
  /** Empty where none is possible. Only those that the candidate takes part in, where there is one. */
  readonly deadlocks: readonly PossibleDeadlock[];
  /** For each tool (`bundle/tool`) that has to take more at its start: all tokens that it takes then, at once. */
  readonly serialised: ReadonlyMap<string, readonly string[]>;
  /** Why nothing could be said; then nothing is ruled out. */
  readonly tooLarge: string | undefined;
}

/** What the check is told beside the manifests. */
export interface DeadlockCheckOptions {
  readonly quotas?: readonly Quota[];
  /** Plans of earlier checks that are in force. */
  readonly serialised?: ReadonlyMap<string, readonly string[]>;
  /** Different sets of tokens that lines of work may hold; ways to wait. */
  readonly edgesMax?: number;
  /** Comparisons. */
  readonly effortMax?: number;
}

/** Some ways for each tool of a thousand bundles: they are cheap to list, and only those that share scopes are compared. */
const edgesDefault = 65_536;
/** As many as a second or two of work takes. */
const effortDefault = 20_000_000;

/** Checks a candidate beside the bundles that are active; one of the same name is replaced by it. Without a candidate, all that are active. */
export function checkDeadlocks(
  manifests: readonly CalledManifest[],
  candidate: CalledManifest | undefined,
  {
    quotas = [],
    serialised = new Map(),
    edgesMax = edgesDefault,
    effortMax = effortDefault,
  }: DeadlockCheckOptions = {},
): DeadlockCheck {
  const others = manifests.filter(({ name }) => name !== candidate?.name);
  const tree = readCallTree(candidate === undefined ? others : [...others, candidate], quotas);
  const effort = { left: effortMax };
  const given = readPlan(serialised, quotas);
  const counts = ({ chain }: WaitEdge): boolean =>
    candidate === undefined || chain.some((key) => tree.components.get(key)?.bundle === candidate.name);
  const search = (plan: Plan): Found | undefined => cyclesWith(tree, plan, { counts, edgesMax, effort });
  const first = search(given);
  if (first === undefined) return unclear(edgesMax, effortMax);
  const made = planFor(tree, given, first, search);
  return {
    deadlocks: first.map((cycle) => ({
      cycle: cycle.map((edge, at) => stepOf(tree, cycle, edge, at)),
      canSerialise: made !== undefined,
    })),
    serialised: textsOf(made ?? new Map()),
    tooLarge: undefined,
  };
}

type Found = readonly (readonly WaitEdge[])[];

function unclear(edgesMax: number, effortMax: number): DeadlockCheck {
  const tooLarge = `there are more than ${edgesMax} ways to wait while holding, or ${effortMax} comparisons do not tell`;
  return { deadlocks: [], serialised: new Map(), tooLarge };
}

function cyclesWith(
  tree: CallTree,
  plan: Plan,
  {
    counts,
    edgesMax,
    effort,
  }: { readonly counts: (edge: WaitEdge) => boolean; readonly edgesMax: number; readonly effort: Effort },
): Found | undefined {
  const edges = waitEdges(tree, plan, { edgesMax, effort });
  return edges === undefined
    ? undefined
    : findCycles(edges, { counts, effort, nested: nestedQuotas(tree.components, plan) });
}

/** A plan that rules the cycles out: one that takes only what they are about, or one that takes all that a line may want. */
function planFor(
  tree: CallTree,
  given: Plan,
  found: Found,
  search: (plan: Plan) => Found | undefined,
): Plan | undefined {
  const narrow = planBy(tree, given, { found, search, takes: wantedIn });
  return narrow ?? planBy(tree, given, { found, search, takes: (key) => takenBelow(tree.components, key) });
}

/** What the lines of a holder want in these cycles. */
function wantedIn(key: string, cycles: Found, holderOf: (edge: WaitEdge) => string | undefined): readonly Resource[] {
  return cycles
    .flat()
    .filter((edge) => holderOf(edge) === key)
    .map(({ wants }) => wants);
}

interface Planning {
  readonly found: Found;
  readonly search: (plan: Plan) => Found | undefined;
  /** What the outermost holder of a line takes at its start, beside what it holds. */
  readonly takes: (key: string, cycles: Found, holderOf: (edge: WaitEdge) => string | undefined) => readonly Resource[];
}

/**
 * Lets the outermost holder of every line in a cycle take more at its start, until no cycle is left; a search says so, whatever was taken. Whoever has all that its
 * line wants never waits while holding, but for others that are called by the same caller, which have all that they want as well.
 */
function planBy(tree: CallTree, given: Plan, { found, search, takes }: Planning): Plan | undefined {
  const plan = new Map(given);
  const made = new Map<string, readonly Resource[]>();
  let cycles: Found | undefined = found;
  while (cycles !== undefined && cycles.length > 0) {
    const holderOf = ({ chain }: WaitEdge): string | undefined => outermostHolder(tree, plan, chain);
    const keys = new Set(cycles.flat().flatMap((edge) => holderOf(edge) ?? []));
    const rounds = [...keys].map((key) => {
      const held = plan.get(key) ?? tree.components.get(key)?.holds ?? [];
      return { key, held, taken: withoutCovered([...held, ...takes(key, cycles ?? [], holderOf)]) };
    });
    const grown = rounds.filter(({ held, taken }) => taken.some((one) => !held.some(({ text }) => text === one.text)));
    if (grown.length === 0) return undefined;
    for (const { key, taken } of grown) {
      if (taken.length > syncDefaults.tokens) return undefined;
      plan.set(key, taken);
      made.set(key, taken);
    }
    cycles = search(plan);
  }
  return cycles === undefined ? undefined : made;
}

function outermostHolder({ components }: CallTree, plan: Plan, chain: readonly string[]): string | undefined {
  return chain.find((key) => (plan.get(key) ?? components.get(key)?.holds ?? []).length > 0);
}

function readPlan(serialised: ReadonlyMap<string, readonly string[]>, quotas: readonly Quota[]): Plan {
  const entries = [...serialised].map(([name, texts]) => {
    const tokens = texts.map(parseToken);
    const scopes = tokens.filter(({ kind }) => kind === 'kv' || kind === 'vector' || kind === 'fs').map(scopeOf);
    return [keyOf('tool', name), [...scopes, ...unitsOf(tokens, quotas)]] as const;
  });
  return new Map(entries);
}

function textsOf(plan: Plan): ReadonlyMap<string, readonly string[]> {
  const entries = [...plan].map(([key, resources]) => {
    const texts = resources.flatMap((resource) =>
      resource.kind === 'scope' ? [resource.text] : resource.tokens.map((token) => scopeOf(token).text),
    );
    return [key.slice(key.indexOf(':') + 1), [...new Set(texts)].toSorted()] as const;
  });
  return new Map(entries);
}

function stepOf(tree: CallTree, cycle: readonly WaitEdge[], edge: WaitEdge, at: number): DeadlockStep {
  const before = cycle.at(at - 1) ?? edge;
  const held = edge.held.find((resource) => mayWaitFor(before.wants, resource)) ?? edge.held[0];
  const place = edge.chain.findIndex((key) => tree.components.get(key)?.holds.some(({ text }) => text === held?.text));
  const heldBy = place < 0 ? edge.chain.slice(0, 1) : edge.chain.slice(0, place + 1);
  return {
    held: held?.text ?? '',
    heldBy: namesOf(tree, heldBy),
    wants: edge.wants.text,
    wantedBy: namesOf(tree, edge.chain),
  };
}

function namesOf({ components, beginners }: CallTree, chain: readonly string[]): readonly string[] {
  const beginner = chain[0] === undefined ? undefined : beginners.get(chain[0]);
  const names = chain.map((key) => components.get(key)?.name ?? key);
  return beginner === undefined ? names : [beginner, ...names];
}

/** A possible deadlock in words, one sentence for each line of work. */
export function deadlockWords({ cycle }: PossibleDeadlock): readonly string[] {
  return cycle.map(
    ({ held, heldBy, wants, wantedBy }) =>
      `${wantedBy.join(' → ')} wants ${wants} while ${heldBy.join(' → ')} holds ${held}`,
  );
}
