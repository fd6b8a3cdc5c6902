import { agent, tool } from '@aria/sdk';

/** Adds line totals. */
export const sumLines = tool({}, (input: { lines: number[]; currency?: 'EUR' | 'USD' }) => ({
  total: input.lines.reduce((a, b) => a + b, 0),
  currency: input.currency ?? 'EUR',
}));
/** Prints a total. */
export const print = tool({}, (input: { total: number; note: string; tags?: string[] }) => ({ text: `${input.total} ${input.note}` }));

class Plain {}
/** One. */
@agent({ task: 'One', tools: ['sumLine', Plain, Other, 'other', 7] })
export class First {}
/** Two. */
@agent({ task: 'Two', tools: [] })
export class Other {}
