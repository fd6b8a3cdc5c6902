/**
 * Every way in which a line of work may wait while it holds: what it holds by then, and what it wants.
 *
 * A line begins with any component and goes down its calls. It is followed once for each set of what it may hold, not once for each
 * way to it, so that the number of steps depends on how many different sets there are.
 */
import type { CallTree, Component } from './call-tree.ts';
import { type Resource, isCovered } from './resources.ts';

/** Work that the proof may still do, in comparisons of two resources. */
export interface Effort {
  left: number;
}

/** What somebody may wait for while holding. */
export interface WaitEdge {
  readonly held: readonly Resource[];
  readonly wants: Resource;
  /** Keys of the components from the outermost to the one that wants. */
  readonly chain: readonly string[];
}

/** What each component takes at its start instead of what it holds by itself, by its key. */
export type Plan = ReadonlyMap<string, readonly Resource[]>;

interface Line {
  readonly key: string;
  readonly held: readonly Resource[];
  readonly chain: readonly string[];
}

/** @returns the edges; `undefined` where there would be more than the maximum, or they take more effort than is left. */
export function waitEdges(
  { components }: CallTree,
  plan: Plan,
  { edgesMax, effort }: { readonly edgesMax: number; readonly effort: Effort },
): readonly WaitEdge[] | undefined {
  const lines: Line[] = [...components.keys()].map((key) => ({ key, held: [], chain: [key] }));
  const seen = new Set(lines.map(textOf));
  const edges = new Map<string, WaitEdge>();
  for (const line of lines) {
    const component = components.get(line.key);
    if (component === undefined) continue;
    const atStart = plan.get(line.key) ?? component.holds;
    for (const edge of edgesOf(line, atStart)) note(edges, edge);
    const held = union(line.held, atStart);
    effort.left -= (held.length + 1) * (atStart.length + component.uses.length + component.calls.length + 1);
    for (const edge of edgesOf({ ...line, held }, component.uses)) note(edges, edge);
    for (const key of component.calls) {
      const next = { key, held, chain: [...line.chain, key] };
      const text = textOf(next);
      if (seen.has(text)) continue;
      seen.add(text);
      lines.push(next);
    }
    if (edges.size > edgesMax || lines.length > edgesMax || effort.left < 0) return undefined;
  }
  return [...edges.values()];
}

function* edgesOf({ held, chain }: Line, wanted: readonly Resource[]): Generator<WaitEdge> {
  if (held.length === 0) return;
  for (const wants of wanted) if (!held.some((own) => isCovered(wants, own))) yield { held, wants, chain };
}

function note(edges: Map<string, WaitEdge>, edge: WaitEdge): void {
  const text = `${heldText(edge.held)} > ${edge.wants.text}`;
  if (!edges.has(text)) edges.set(text, edge);
}

function union(held: readonly Resource[], added: readonly Resource[]): readonly Resource[] {
  const texts = new Set(held.map(({ text }) => text));
  const more = added.filter(({ text }) => !texts.has(text));
  if (more.length === 0) return held;
  return [...held, ...more].toSorted((left, right) => (left.text < right.text ? -1 : 1));
}

function heldText(held: readonly Resource[]): string {
  return held.map(({ text }) => text).join(' ');
}

function textOf({ key, held }: Line): string {
  return `${key} ${heldText(held)}`;
}

/** What a component and all whom it calls may ever take. */
export function takenBelow(components: ReadonlyMap<string, Component>, key: string): readonly Resource[] {
  const met = new Set([key]);
  const taken: Resource[] = [];
  for (const at of met) {
    const component = components.get(at);
    if (component === undefined) continue;
    taken.push(...component.holds, ...component.uses);
    for (const called of component.calls) met.add(called);
  }
  return taken;
}

/**
 * Quotas of which a component that holds a unit may call another that does. All calls of one caller count its unit as theirs, so that
 * a unit does not keep them apart.
 */
export function nestedQuotas(components: ReadonlyMap<string, Component>, plan: Plan): ReadonlySet<string> {
  const quotasOf = (key: string): readonly string[] =>
    (plan.get(key) ?? components.get(key)?.holds ?? []).flatMap((held) => (held.kind === 'unit' ? [held.quota] : []));
  const nested = new Set<string>();
  for (const [key, { calls }] of components) {
    const own = new Set(quotasOf(key));
    const below = new Set(own.size === 0 ? [] : calls);
    for (const at of below) {
      for (const quota of quotasOf(at)) if (own.has(quota)) nested.add(quota);
      for (const called of components.get(at)?.calls ?? []) below.add(called);
    }
  }
  return nested;
}
