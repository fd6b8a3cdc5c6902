/** The tokens of a whole bundle. */
import type { Manifest } from '#wit/manifest';

/** Everything that parts of a bundle ask for; sorted, each once. */
export function tokensOf({ tools, agents = [], teams = [], pipelines = [] }: Manifest): readonly string[] {
  return [...new Set([...tools, ...agents, ...teams, ...pipelines].flatMap(({ tokens }) => tokens))].toSorted();
}
