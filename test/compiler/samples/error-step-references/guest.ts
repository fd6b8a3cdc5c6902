import { pipeline, tool } from '@aria/sdk';

/** Adds line totals. */
export const sumLines = tool({}, (input: { lines: number[]; currency?: 'EUR' | 'USD' }) => ({
  total: input.lines.reduce((a, b) => a + b, 0),
  currency: input.currency ?? 'EUR',
}));
/** Prints a total. */
export const print = tool({}, (input: { total: number; note: string; tags?: string[] }) => ({ text: `${input.total} ${input.note}` }));

/** Bad. */
@pipeline({
  steps: [
    { id: 'a', type: 'tool', tool: print, inputs: { total: '$totl', note: '@b2.output' }, dependencies: ['bb', 'b'] },
    { id: 'b', type: 'tool', tool: print, inputs: { total: 1, note: 'b' }, outputs: { x: 'text', y: '.result.txt', z: '.text' } },
    { id: 'c', type: 'tool', tool: print, inputs: { total: 1, note: '@b.output.text' } },
    { id: 'b', type: 'agent', agent: 'nobody' },
    { id: 'd', type: 'team', team: 'sumLines' },
  ],
})
export class Bad {
  total = 1;
}
