/**
 * Circles of calls: a tool that may call a tool that may call the first, also by way of agents. Such a circle may be meant (a tree is
 * walked so), and ends only where the code ends it, so it is a warning.
 */
import type { ManifestAgent } from '#wit/manifest';
import { parseToken } from '#wit/tokens';
import type { ToolPair } from '../check-reach.ts';
import type { ts } from '../typescript.js';
import type { ReadScope } from '../read-scope.ts';
import type { OpenedComponent } from './component-options.ts';

/** Who may call. Teams and pipelines are called by nobody but the host, so no circle goes through them. */
export interface Callers {
  readonly tools: readonly ToolPair[];
  readonly agents: readonly ManifestAgent[];
  readonly opened: readonly OpenedComponent[];
}

/** Reports each circle once, at the first of its members. */
export function reportCallCycles({ tools, agents, opened }: Callers, scope: ReadScope): void {
  const graph = new Map<string, readonly string[]>();
  const nodes = new Map<string, ts.Node>();
  for (const { found, read } of tools) {
    graph.set(`tool "${read.name}"`, callsOf(read.tokens));
    nodes.set(`tool "${read.name}"`, found.nameNode);
  }
  for (const { name, tools: own } of agents)
    graph.set(
      `agent "${name}"`,
      own.map((tool) => `tool "${tool}"`),
    );
  for (const { found, name } of opened) if (found.kind === 'agent') nodes.set(`agent "${name}"`, found.nameNode);
  const done = new Set<string>();
  for (const start of graph.keys()) {
    const cycle = done.has(start) ? undefined : cycleFrom(start, graph, done);
    const node = cycle && nodes.get(cycle[0] ?? '');
    if (cycle === undefined || node === undefined) continue;
    scope.report(node, {
      code: 'REFERENCE_CYCLE',
      severity: 'warning',
      message: `Cannot tell that the calls end: ${cycle.join(' may call ')}`,
      remedy: 'Remove one of the tokens, or see to it that the code ends the circle',
    });
  }
}

function callsOf(tokens: readonly string[]): readonly string[] {
  return tokens.flatMap((text) => {
    const token = parseToken(text);
    return token.kind === 'tool' || token.kind === 'agent' ? [`${token.kind} "${token.name}"`] : [];
  });
}

/** Depth first; what has been left without a circle is not entered again. */
function cycleFrom(
  start: string,
  graph: ReadonlyMap<string, readonly string[]>,
  done: Set<string>,
): readonly string[] | undefined {
  const way: string[] = [];
  const visit = (name: string): readonly string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return undefined;
    way.push(name);
    let cycle: readonly string[] | undefined;
    for (const next of graph.get(name) ?? []) cycle ??= graph.has(next) ? visit(next) : undefined;
    way.pop();
    done.add(name);
    return cycle;
  };
  return visit(start);
}
