import { kv, llm, net, tool } from '@aria/sdk';

/** Which of its tokens it needs is known when it runs. */
export const wandering = tool(
  { tokens: ['kv:tenants.a:r', 'kv:tenants.b:r', 'llm:openai:*', 'net:a.example.com:443', 'net:b.example.com:443'] },
  async ({ tenant }: { tenant: 'a' | 'b' }) => {
    const namespace = kv('tenants.' + tenant);
    await namespace.get('a');
    await net.fetch(`https://${tenant}.example.com/`);
    return (await llm.complete({ model: `openai:${tenant}`, messages: [] })).text;
  },
);
