import { pipeline, tool } from '@aria/sdk';

/** Adds line totals. */
export const sumLines = tool({}, (input: { lines: number[]; currency?: 'EUR' | 'USD' }) => ({
  total: input.lines.reduce((a, b) => a + b, 0),
  currency: input.currency ?? 'EUR',
}));
/** Prints a total. */
export const print = tool({}, (input: { total: number; note: string; tags?: string[] }) => ({ text: `${input.total} ${input.note}` }));

interface Line {
  cents: number;
  parts?: Line[];
}
/** Nests lines. */
export const nest = tool({}, (input: { lines: Line[] }) => input.lines.length);

/** Shows variables. */
@pipeline({
  variables: { month: '2025-01', limits: { low: 1, high: [2, 3] }, rates: [1, 'x'] },
  steps: [
    { id: 'nested', type: 'tool', tool: nest, inputs: { lines: '$lines' } },
    { id: 'show', type: 'tool', tool: print, inputs: { total: '$limits.high[0]', note: '$month', tags: ['$$5', '@@home', '$other', '$5'] } },
    { id: 'rest', type: 'condition', condition: '$note == null || $rates[1] == "x"' },
  ],
})
export class Variables {
  /** Lines of an invoice. */
  lines!: Line[];
  /**
   * Another one.
   * @minLength 2
   */
  other: string = 'on';
  note?: string;
  static count = 0;
  #secret = 1;
}
