import { kv, tool } from '@aria/sdk';

const orders = {
  read: () => kv('orders').getText('a'),
  async write(): Promise<void> {
    await kv('orders').set('a', 'b');
  },
} as const;
/** Needs no more than the member that it calls. */
export const reading = tool({ tokens: ['kv:orders:r'] }, () => orders.read());
/** Takes a member out. */
export const writing = tool({ tokens: ['kv:orders:rw'] }, async () => {
  const { write } = orders;
  await write();
});
