import { agent, agents, tool, tools } from '@aria/sdk';

/** Walks a tree. */
export const walk = tool({ tokens: ['tool:walk:call', 'agent:guide:call', 'tool:ask:call', 'llm:openai:gpt-4o-mini'] }, async (input: { depth: number }): Promise<number> =>
  input.depth === 0 ? 1 : tools.call<number>('walk', { depth: input.depth - 1 }));
/** Asks. */
export const ask = tool({ tokens: ['agent:guide:call', 'llm:openai:gpt-4o-mini', 'tool:ask:call'] }, async (input: { text: string }) => agents.invoke('guide', input.text));
/** Guides. */
@agent({ task: 'Guide', tools: ['ask'] })
export class Guide {}
