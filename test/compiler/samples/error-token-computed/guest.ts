import { files, kv, llm, net, tool, tools } from '@aria/sdk';

const region = ['eu', 'us'][0] ?? 'eu';
/** Has no token of any of the kinds. */
export const wandering = tool({}, async ({ name }: { name: string }) => {
  await kv(name).get('a');
  await files(`reports-${region}`).readText('a');
  await llm.complete({ model: name, messages: [] });
  await llm.embed({ ...{ model: 'openai:small' }, model: name, input: 'a' });
  await net.fetch(name);
  await tools.call(name, null);
});
/** May read some namespaces, and write none. */
export const reader = tool({ tokens: ['kv:orders:r'] }, async ({ name }: { name: string }) => {
  await kv(name).set('a', 'b');
});
