import { agent, tool } from '@aria/sdk';

/** Adds line totals. */
export const sumLines = tool({}, (input: { lines: number[]; currency?: 'EUR' | 'USD' }) => ({
  total: input.lines.reduce((a, b) => a + b, 0),
  currency: input.currency ?? 'EUR',
}));
/** Prints a total. */
export const print = tool({}, (input: { total: number; note: string; tags?: string[] }) => ({ text: `${input.total} ${input.note}` }));

@agent({ tools: 'sumLines', maxCalls: 0, temperature: 1, llm: 7, memory: 'forever', directives: ['', 3] })
export class Clerk {}
/** Two. */
@agent({ task: ' ', tools: [], llm: { provider: 'open ai', model: 'x' }, capabilities: [`${1 + 1}`] })
export class Second {}
/** Three. */
@agent()
export class Third {}
