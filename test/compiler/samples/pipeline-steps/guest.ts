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
/** Both. */
@team({ agents: [Clerk] })
export class Desk {}

const retries = { retryCount: 2, timeout: 500 };

/** Closes a month. */
@pipeline({
  timeout: 60_000,
  errorStrategy: { type: 'retry', maxAttempts: 5, backoffMs: 10 },
  steps: [
    { id: 'sum', name: 'Sum up', type: 'tool', tool: 'sumLines', inputs: { lines: '$lines' }, outputs: { t: '.result.total', all: '.' }, ...retries },
    { id: 'check', type: 'agent', agent: Clerk, task: 'Check this', inputs: { sum: '@sum.output.t', raw: '@sum.result' } },
    {
      id: 'way',
      type: 'condition',
      condition: '@sum.output.t > 1e2 && !(@sum.output.all.currency == "USD") || @check.output.ok',
      then: [{ id: 'desk', type: 'team', team: 'desk', dependencies: ['check'], inputs: { text: { of: ['@check.output', 1] } } }],
      else: [{ id: 'note', type: 'tool', tool: print, inputs: { total: '@sum.output.t', note: '@check.output.words[0]' } }],
    },
    {
      id: 'both',
      type: 'parallel',
      maxParallel: 2,
      steps: [
        { id: 'one', type: 'tool', tool: print, inputs: { total: 1, note: 'one' }, outputs: { words: '.text' } },
        { id: 'two', type: 'tool', tool: print, inputs: { total: 2, note: 'two' } },
      ],
    },
    { id: 'end', type: 'tool', tool: print, inputs: { total: 3 , note: '@both.output.one.words' } },
  ],
})
export class CloseMonth {
  lines!: number[];
}
