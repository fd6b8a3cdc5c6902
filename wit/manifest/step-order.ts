/** The order that dependencies give to the steps of a pipeline. */

/** What of a step the order depends on. */
export interface OrderedStep {
  readonly id: string;
  readonly dependencies: readonly string[];
  readonly then?: readonly OrderedStep[];
  readonly else?: readonly OrderedStep[];
  readonly steps?: readonly OrderedStep[];
}

/**
 * The ids of steps that wait for each other, the first one again at the end; `undefined` where none do. A step that holds others is
 * done when they are, and they do not begin before it, so that an inner step must not wait for one that waits for the outer.
 */
export function stepCycle(steps: readonly OrderedStep[]): readonly string[] | undefined {
  const edges = new Map<string, readonly string[]>();
  collect(steps, [], edges);
  const state = new Map<string, 'open' | 'done'>();
  const way: string[] = [];
  const visit = (id: string): readonly string[] | undefined => {
    if (state.get(id) === 'done') return undefined;
    if (state.get(id) === 'open') return [...way.slice(way.indexOf(id)), id];
    state.set(id, 'open');
    way.push(id);
    for (const next of edges.get(id) ?? []) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    way.pop();
    state.set(id, 'done');
    return undefined;
  };
  for (const id of edges.keys()) {
    const cycle = visit(id);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** A step waits for its dependencies and for the steps in it; a step in another waits for what that one waits for. */
function collect(
  steps: readonly OrderedStep[],
  inherited: readonly string[],
  edges: Map<string, readonly string[]>,
): void {
  for (const step of steps) {
    const inner = [...(step.then ?? []), ...(step.else ?? []), ...(step.steps ?? [])];
    const own = [...inherited, ...step.dependencies];
    edges.set(step.id, [...own, ...inner.map(({ id }) => id)]);
    collect(inner, own, edges);
  }
}
