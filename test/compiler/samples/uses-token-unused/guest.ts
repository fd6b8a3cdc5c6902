import { context, kv, tool } from '@aria/sdk';

const shared = ['kv:orders:r', 'fs:reports:r'];
async function unreached(): Promise<void> {
  await kv('archive').get('a');
}
/** Some of its tokens are for nothing. */
export const idle = tool(
  { tokens: [...shared, 'kv:archive:r', 'net:api.example.com:443', 'llm:openai:gpt-4o', 'context:session:r', 'context:session:append'] },
  async () => {
    await context.get();
    return kv('orders').getText('a');
  },
);
/** Uses what the other one does not. */
export const busy = tool({ tokens: ['kv:archive:r', 'gpu:any:compute', 'spawn:self:exec'] }, unreached);
