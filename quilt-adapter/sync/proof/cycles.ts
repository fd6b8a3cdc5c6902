/**
 * Cycles in which lines of work could wait for each other: each wants what the next one holds, and what they hold can be held at the
 * same time, which rules out those that an outer token keeps apart.
 *
 * Finding such a cycle of any length is hard in general. So the search is cut off after a number of steps, and what could not be
 * ruled out by then counts as possible: the answer is never wrong in the dangerous direction.
 */
import { type Resource, excludesOther, mayWaitFor, placeOf } from './resources.ts';
import type { Effort, WaitEdge } from './wait-edges.ts';

/** What a search is told. */
export interface CycleSearch {
  /** Whether a cycle with this edge is looked for. */
  readonly counts: (edge: WaitEdge) => boolean;
  /** Quotas whose units keep nobody apart. */
  readonly nested: ReadonlySet<string>;
  readonly effort: Effort;
}

/** One cycle for each group of edges that depend on each other. */
export function findCycles(
  edges: readonly WaitEdge[],
  search: CycleSearch,
): readonly (readonly WaitEdge[])[] | undefined {
  const next = successors(edges, search);
  if (next === undefined) return undefined;
  const cycles: (readonly WaitEdge[])[] = [];
  for (const group of groupsOf(edges, next)) {
    const cycle = cycleIn(group, next, search);
    if (cycle !== undefined) cycles.push(cycle);
  }
  return cycles;
}

type Successors = ReadonlyMap<WaitEdge, readonly WaitEdge[]>;

function successors(edges: readonly WaitEdge[], { effort, nested }: CycleSearch): Successors | undefined {
  const holding = edgesByPlace(edges);
  const next = new Map<WaitEdge, readonly WaitEdge[]>();
  for (const edge of edges) {
    const waitsFor: WaitEdge[] = [];
    for (const other of holding(edge.wants)) {
      effort.left -= other.held.length;
      if (effort.left < 0) return undefined;
      if (!other.held.some((held) => mayWaitFor(edge.wants, held))) continue;
      effort.left -= edge.held.length * other.held.length;
      if (areApart(edge, other, nested)) waitsFor.push(other);
    }
    next.set(edge, waitsFor);
  }
  return next;
}

/** Which edges could hold what is in the way of something: bundles are many, and most have scopes of their own. */
function edgesByPlace(edges: readonly WaitEdge[]): (wanted: Resource) => readonly WaitEdge[] {
  const byPlace = new Map<string, Set<WaitEdge>>();
  const ofKind = new Map<string, Set<WaitEdge>>();
  const add = (to: Map<string, Set<WaitEdge>>, key: string, edge: WaitEdge): unknown =>
    to.set(key, (to.get(key) ?? new Set()).add(edge));
  for (const edge of edges) {
    for (const held of edge.held) {
      const { place, wide, isWide } = placeOf(held);
      add(byPlace, isWide ? wide : place, edge);
      add(ofKind, wide, edge);
    }
  }
  return (wanted) => {
    const { place, wide, isWide } = placeOf(wanted);
    return isWide
      ? [...(ofKind.get(wide) ?? [])]
      : [...new Set([...(byPlace.get(place) ?? []), ...(byPlace.get(wide) ?? [])])];
  };
}

/** Whether two lines can hold all that at the same time. */
function areApart(left: WaitEdge, right: WaitEdge, nested: ReadonlySet<string>): boolean {
  return !left.held.some((one) => right.held.some((other) => excludesOther(one, other, nested)));
}

/** Groups in which every edge reaches every other one (Tarjan, without recursion); single edges only where they reach themselves. */
function groupsOf(edges: readonly WaitEdge[], next: Successors): readonly (readonly WaitEdge[])[] {
  const order = new Map<WaitEdge, number>();
  const low = new Map<WaitEdge, number>();
  const stack: WaitEdge[] = [];
  const onStack = new Set<WaitEdge>();
  const groups: WaitEdge[][] = [];
  const enter = (edge: WaitEdge): { readonly edge: WaitEdge; readonly rest: Iterator<WaitEdge> } => {
    low.set(edge, order.size);
    order.set(edge, order.size);
    stack.push(edge);
    onStack.add(edge);
    return { edge, rest: (next.get(edge) ?? []).values() };
  };
  const lower = (edge: WaitEdge, to: number | undefined): unknown =>
    low.set(edge, Math.min(low.get(edge) ?? Infinity, to ?? Infinity));
  for (const root of edges) {
    const way = order.has(root) ? [] : [enter(root)];
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      const step = at.rest.next();
      if (step.done !== true) {
        if (!order.has(step.value)) way.push(enter(step.value));
        else if (onStack.has(step.value)) lower(at.edge, order.get(step.value));
        continue;
      }
      way.pop();
      const above = way.at(-1);
      if (above !== undefined) lower(above.edge, low.get(at.edge));
      if (low.get(at.edge) === order.get(at.edge)) groups.push(popGroup(at.edge, stack, onStack));
    }
  }
  return groups.filter((group) => group.length > 1 || group.some((edge) => next.get(edge)?.includes(edge) === true));
}

function popGroup(last: WaitEdge, stack: WaitEdge[], onStack: Set<WaitEdge>): WaitEdge[] {
  const group = stack.splice(stack.lastIndexOf(last));
  for (const edge of group) onStack.delete(edge);
  return group;
}

/** A cycle of the group whose lines can all hold at the same time; where the effort is spent, one whose neighbours can. */
function cycleIn(
  group: readonly WaitEdge[],
  next: Successors,
  { counts, effort, nested }: CycleSearch,
): readonly WaitEdge[] | undefined {
  const within = new Set(group);
  const starts = group.filter(counts);
  // Short cycles are told before long ones.
  for (let length = 1; length <= group.length; length += 1) {
    let cutShort = false;
    for (const start of starts) {
      const search = { start, within, next, nested, effort, length, cutShort: false };
      const found = extend([start], search);
      if (found !== undefined) return found;
      if (effort.left < 0) return starts[0] === undefined ? undefined : anyCycle(starts[0], within, next);
      cutShort ||= search.cutShort;
    }
    if (!cutShort) return undefined;
  }
  return undefined;
}

interface Search {
  readonly start: WaitEdge;
  readonly within: ReadonlySet<WaitEdge>;
  readonly next: Successors;
  readonly nested: ReadonlySet<string>;
  readonly effort: Effort;
  readonly length: number;
  cutShort: boolean;
}

function extend(way: readonly WaitEdge[], search: Search): readonly WaitEdge[] | undefined {
  const last = way.at(-1) ?? search.start;
  for (const edge of search.next.get(last) ?? []) {
    search.effort.left -= way.length * edge.held.length * last.held.length;
    if (search.effort.left < 0) return undefined;
    if (edge === search.start) return way;
    if (!search.within.has(edge) || way.includes(edge) || !way.every((other) => areApart(edge, other, search.nested)))
      continue;
    if (way.length === search.length) {
      search.cutShort = true;
      continue;
    }
    const found = extend([...way, edge], search);
    if (found !== undefined) return found;
  }
  return undefined;
}

function anyCycle(start: WaitEdge, within: ReadonlySet<WaitEdge>, next: Successors): readonly WaitEdge[] | undefined {
  const from = new Map<WaitEdge, WaitEdge | undefined>([[start, undefined]]);
  for (const edge of from.keys()) {
    for (const other of next.get(edge) ?? []) {
      if (other === start) return wayTo(edge, from);
      if (within.has(other) && !from.has(other)) from.set(other, edge);
    }
  }
  return undefined;
}

function wayTo(last: WaitEdge, from: ReadonlyMap<WaitEdge, WaitEdge | undefined>): readonly WaitEdge[] {
  const way: WaitEdge[] = [];
  for (let at: WaitEdge | undefined = last; at !== undefined; at = from.get(at)) way.push(at);
  return way.toReversed();
}
