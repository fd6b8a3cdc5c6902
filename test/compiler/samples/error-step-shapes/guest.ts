import { pipeline, tool } from '@aria/sdk';

/** Adds line totals. */
export const sumLines = tool({}, (input: { lines: number[]; currency?: 'EUR' | 'USD' }) => ({
  total: input.lines.reduce((a, b) => a + b, 0),
  currency: input.currency ?? 'EUR',
}));
/** Prints a total. */
export const print = tool({}, (input: { total: number; note: string; tags?: string[] }) => ({ text: `${input.total} ${input.note}` }));

const made = JSON.parse('{}');
/** Bad. */
@pipeline({
  steps: [
    { type: 'tool', tool: print },
    { id: 'a b', type: 'tool' },
    { id: 'c', type: 'tol', tool: print },
    { id: 'd', tool: print },
    { id: 'e', type: 'condition' },
    { id: 'f', type: 'parallel' },
    { id: 'g', type: 'tool', tool: print, inputs: [], steps: [], dependencies: 'a' },
    { id: 'h', type: 'parallel', steps: [{ id: 'i', type: 'agent', agent: 'x', maxParallel: 2 }], maxParallel: 0 },
    made,
    'print',
  ],
  errorStrategy: 'ignore',
})
export class Bad {}
/** None. */
@pipeline({ steps: [] })
export class None {}
/** Not said. */
@pipeline({ description: 'x' })
export class NotSaid {}
