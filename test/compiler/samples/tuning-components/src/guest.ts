import { agent, pipeline, team, tool } from '@aria/sdk';

/** Adds line totals. */
export const sumLines = tool({}, (input: { lines: number[]; currency?: 'EUR' | 'USD' }) => ({
  total: input.lines.reduce((a, b) => a + b, 0),
  currency: input.currency ?? 'EUR',
}));
/** Prints a total. */
export const print = tool({}, (input: { total: number; note: string; tags?: string[] }) => ({ text: `${input.total} ${input.note}` }));

/** Checks. */
@agent({ task: 'Check', tools: [sumLines] })
export class Clerk {}
/** Checks again. */
@agent({ task: 'Check', tools: [] })
export class Second {}
/** Both. */
@team({ agents: [Clerk, Second] })
export class Desk {}
/** Closes. */
@pipeline({
  steps: [
    { id: 'a', type: 'tool', tool: print, inputs: { total: 1, note: 'a' } },
    { id: 'b', type: 'tool', tool: print, inputs: { total: 1, note: 'b' } },
  ],
})
export class Close {}
