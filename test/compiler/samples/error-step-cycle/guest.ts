import { pipeline, tool } from '@aria/sdk';

/** Adds line totals. */
export const sumLines = tool({}, (input: { lines: number[]; currency?: 'EUR' | 'USD' }) => ({
  total: input.lines.reduce((a, b) => a + b, 0),
  currency: input.currency ?? 'EUR',
}));
/** Prints a total. */
export const print = tool({}, (input: { total: number; note: string; tags?: string[] }) => ({ text: `${input.total} ${input.note}` }));

/** In a circle. */
@pipeline({
  steps: [
    { id: 'a', type: 'tool', tool: print, inputs: { total: 1, note: '@c.output.text' } },
    { id: 'b', type: 'tool', tool: print, inputs: { total: 1, note: '@a.output.text' } },
    { id: 'c', type: 'tool', tool: print, inputs: { total: 1, note: 'x' }, dependencies: ['b'] },
  ],
})
export class Circle {}
/** In itself. */
@pipeline({ steps: [{ id: 'a', type: 'tool', tool: print, inputs: { total: 1, note: 'x' }, dependencies: ['a'] }] })
export class Itself {}
/** In what holds it. */
@pipeline({
  steps: [
    { id: 'all', type: 'parallel', steps: [{ id: 'in', type: 'tool', tool: print, inputs: { total: 1, note: '@next.output.text' } }] },
    { id: 'next', type: 'tool', tool: print, inputs: { total: 1, note: 'x' }, dependencies: ['all'] },
  ],
})
export class Held {}
