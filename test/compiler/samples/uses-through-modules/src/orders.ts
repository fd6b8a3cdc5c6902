import { kv } from '@aria/sdk';

const orders = kv('orders');
export async function save(id: string): Promise<void> {
  await orders.setJson(id, { id });
}
