import { agent } from '@aria/sdk';
import { DeskTools } from './desk-tools.ts';

/** Answers questions of customers from articles, and opens a ticket where none of them helps. */
@agent({
  task: 'Answer the question of the customer from the articles. Where none answers it, open a ticket and tell its number.',
  // A class stands for all of its tools. What they may touch is what the agent may touch.
  tools: [DeskTools],
  llm: { provider: 'openai', model: 'gpt-4o-mini', temperature: 0.2 },
  directives: ['Name the title of every article that you use', 'Promise nothing that no article says'],
  capabilities: ['customer support'],
  maxCalls: 8,
})
export class HelpDesk {}
