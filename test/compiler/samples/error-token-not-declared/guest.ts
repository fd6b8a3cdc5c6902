import { agents, files, kv, llm, net, tool, tools } from '@aria/sdk';

function unused(): unknown {
  return kv('nobody');
}
/** Has other tokens. */
export const first = tool({ tokens: ['kv:orders:rw', 'net:api.example.com:443', 'llm:openai:gpt-4o'] }, async () => {
  await kv('invoices').get('a');
  await files('reports').readText('a');
  await tools.call('other', null);
  await agents.invoke('clerk', 'hello');
  await net.fetch('https://evil.example.com/');
  await fetch('http://api.example.com/');
  await llm.complete({ model: 'anthropic:claude', messages: [] });
  return String(unused());
});
/** Its tokens are not the first one's. */
export const second = tool({ tokens: ['kv:invoices:r'] }, async () => {
  await kv('orders').get('a');
});
