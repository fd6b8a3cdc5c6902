import { agent, team, tool } from '@aria/sdk';

/** Adds line totals. */
export const sumLines = tool({}, (input: { lines: number[]; currency?: 'EUR' | 'USD' }) => ({
  total: input.lines.reduce((a, b) => a + b, 0),
  currency: input.currency ?? 'EUR',
}));
/** Prints a total. */
export const print = tool({}, (input: { total: number; note: string; tags?: string[] }) => ({ text: `${input.total} ${input.note}` }));

/** One. */
@agent({ task: 'One', tools: [] })
export class First {}
/** Two. */
@agent({ name: 'auditor', task: 'Two', tools: [print] })
export class Second {}
@team({
  name: 'desk',
  description: 'Two clerks',
  members: ['auditor', First],
  strategy: {
    name: 'hierarchical',
    description: 'The auditor leads',
    manager: Second,
    coordinationRules: { maxParallelTasks: 2, taskTimeout: 1000, handoffProtocol: 'Say what is open' },
  },
})
export class Desk {}
@team({ name: 'row', description: 'In a row', agents: ['first'], strategy: 'sequential' })
export class Row {}
