import { type KvNamespace, context, kv, tool, vectors } from '@aria/sdk';

async function copy(from: KvNamespace, to: KvNamespace): Promise<void> {
  for (const key of (await from.list()).keys) await to.set(key, (await from.getText(key)) ?? '');
}
/** What is set with append is new. */
export const adding = tool({ tokens: ['kv:orders:append', 'vector:notes:append', 'context:session:append'] }, async () => {
  await kv('orders').setJson('a', 1);
  await vectors('notes').upsert([]);
  await context.add({ role: 'tool', content: 'added' });
});
/** A namespace covers what lies below it, and x all modes. */
export const alone = tool({ tokens: ['kv:orders:x', 'kv:archive.*:rw'] }, async () => {
  await kv('orders.pending').delete('a');
  await copy(kv('orders'), kv('archive.2026'));
});
