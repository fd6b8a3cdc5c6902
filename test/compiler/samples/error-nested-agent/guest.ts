import { agent, agents, kv, tool } from '@aria/sdk';

/** Reads an order. */
export const readOrder = tool({ tokens: ['kv:orders:r'] }, async (input: { key: string }) => (await kv('orders').getText(input.key)) ?? null);

/** Knows orders. */
@agent({ task: 'Answer questions about orders', tools: [readOrder], llm: 'openai:gpt-4o-mini' })
export class Clerk {}

/** Asks the clerk without what the clerk needs. */
export const ask = tool({ tokens: ['agent:clerk:call', 'llm:openai:*'] }, (input: { text: string }) => agents.invoke('clerk', input.text));

/** Asks the clerk with all of it. */
export const askWell = tool(
  { tokens: ['agent:clerk:call', 'llm:openai:gpt-4o-mini', 'tool:readOrder:call', 'kv:orders:r'] },
  (input: { text: string }) => agents.invoke('clerk', input.text),
);
