import { agent, tool } from '@aria/sdk';

/** Adds line totals. */
export const sumLines = tool({}, (input: { lines: number[]; currency?: 'EUR' | 'USD' }) => ({
  total: input.lines.reduce((a, b) => a + b, 0),
  currency: input.currency ?? 'EUR',
}));
/** Prints a total. */
export const print = tool({}, (input: { total: number; note: string; tags?: string[] }) => ({ text: `${input.total} ${input.note}` }));

const rules = ['Never guess', 'Answer in one sentence'] as const;
@agent({
  name: 'clerk',
  description: 'Checks invoices',
  task: 'Verify totals',
  tools: ['print', 'sumLines', 'print'],
  llm: { provider: 'anthropic', model: 'claude-sonnet-4-5', temperature: 0.2, maxTokens: 4096 },
  systemPrompt: 'You are a clerk.',
  directives: [...rules],
  capabilities: ['arithmetic'],
  maxCalls: 25,
  timeout: 60_000,
  memory: 'long-term',
})
export class Clerk {}
