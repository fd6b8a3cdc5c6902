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
    { id: 's', type: 'tool', tool: sumLines, inputs: { lines: [] } },
    { id: 'a', type: 'condition', condition: '@s.output.total >' },
    { id: 'b', type: 'condition', condition: '(@s.output.total > 1' },
    { id: 'c', type: 'condition', condition: '@s.output.total' },
    { id: 'd', type: 'condition', condition: '@s.output.total == "x"' },
    { id: 'e', type: 'condition', condition: '$flag < true' },
    { id: 'f', type: 'condition', condition: 'process.exit()' },
    { id: 'g', type: 'condition', condition: '@s.output.totl > 1 && $flg' },
    { id: 'h', type: 'condition', condition: '1 < 2 < 3' },
    { id: 'i', type: 'condition', condition: ' ' },
    { id: 'j', type: 'condition', condition: '$currency == "EUR" && @nobody.output > 1' },
    { id: 'k', type: 'condition', condition: '@s.output.total > 1e999' },
  ],
})
export class Bad {
  flag = true;
}
