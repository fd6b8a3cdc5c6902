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
  variables: { count: 'many', made: Date.now() },
  steps: [{ id: 'a', type: 'tool', tool: print, inputs: { total: '$count', note: '$run' } }],
})
export class Bad {
  count = 1;
  run!: () => void;
  when: number = Date.now();
  unused = 1;
}
