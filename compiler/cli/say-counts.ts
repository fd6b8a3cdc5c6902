/** Numbers of things, as people say them. */

import { countText } from '#terminal';

/** What a project or a manifest may hold. */
export interface CountedComponents {
  readonly tools: readonly unknown[];
  readonly agents?: readonly unknown[] | undefined;
  readonly teams?: readonly unknown[] | undefined;
  readonly pipelines?: readonly unknown[] | undefined;
}

/** "2 tools, 1 agent": what there is of each kind; tools are counted where nothing else is there. */
export function componentCounts({ tools, agents = [], teams = [], pipelines = [] }: CountedComponents): string {
  const counts = Object.entries({ tool: tools, agent: agents, team: teams, pipeline: pipelines })
    .filter(([, list]) => list.length > 0)
    .map(([noun, list]) => countText(list.length, noun));
  return counts.length === 0 ? countText(0, 'tool') : counts.join(', ');
}
