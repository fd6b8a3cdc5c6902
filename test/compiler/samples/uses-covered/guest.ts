import { agents, files, kv, llm, net, tool, tools, vectors } from '@aria/sdk';

async function shared(): Promise<void> {
  await kv('orders.pending').get('a');
}
/** Has a token for each. */
export const everything = tool(
  { tokens: ['kv:orders:r', 'fs:reports:r', 'vector:notes:append', 'tool:other:call', 'agent:*:call', 'net:api.example.com:443', 'llm:openai:*'] },
  async ({ name }: { name: string }) => {
    await shared();
    await files('reports').readText('a');
    await vectors('notes').upsert([]);
    await tools.call('other', null);
    await agents.invoke('clerk', 'hello');
    await net.fetch('https://api.example.com/rates');
    await fetch('https://api.example.com/rates');
    await llm.complete({ model: 'openai:gpt-4o', messages: [] });
    await kv(name).get('not known here');
  },
);
