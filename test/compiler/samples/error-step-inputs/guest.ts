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
    { id: 'missing', type: 'tool', tool: 'sumLines' },
    { id: 'wrong', type: 'tool', tool: sumLines, inputs: { lines: [1, 'x'], currency: 'GBP', curency: 'EUR' } },
    { id: 'nested', type: 'tool', tool: print, inputs: { total: '@wrong.output', note: '$lines', tags: ['a', '@wrong.output.total'] } },
    { id: 'maybe', type: 'tool', tool: print, inputs: { total: 1, note: '$note' } },
    { id: 'named', type: 'tool', tool: print, inputs: { total: '@wrong.output.totl', note: '@wrong.total' } },
    { id: 'malformed', type: 'tool', tool: print, inputs: { total: '@wrong.output.total + 1', note: '$note[x]' } },
    { id: 'computed', type: 'tool', tool: print, inputs: { total: Math.random(), note: 'x' } },
  ],
})
export class Bad {
  lines!: number[];
  note?: string;
}
