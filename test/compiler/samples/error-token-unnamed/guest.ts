import { context, gpu, llm, tool } from '@aria/sdk';

const model = 'anthropic:claude';
const request = { model, messages: [] };
/** Has no token. */
export const bare = tool({}, async () => {
  await gpu.compute({ shader: '', bindings: [], workgroups: [1, 1, 1] });
  await context.get();
  await context.add({ role: 'tool', content: 'a' });
  await llm.complete(request);
});
/** May read the conversation, and has another model. */
export const other = tool({ tokens: ['context:session:r', 'llm:openai:gpt-4o', 'gpu:any:compute'] }, async () => {
  await context.get();
  await context.add({ role: 'tool', content: 'a' });
  await gpu.compute({ shader: '', bindings: [], workgroups: [1, 1, 1] });
  for await (const part of llm.stream({ model: 'openai:o3', messages: [] })) console.log(part);
  await llm.embed({ model: 'openai:gpt-4o', input: 'a' });
});
