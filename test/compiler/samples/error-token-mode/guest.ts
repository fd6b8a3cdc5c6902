import { files, kv, tool, vectors } from '@aria/sdk';

const orders = kv('orders');
const stores = { orders: kv('orders') };
const reports = () => files('reports');
class Store {
  readonly #orders = kv('orders');
  readonly notes = vectors('notes');
  async write(): Promise<void> {
    await this.#orders.set('a', 'b');
    await this.notes.delete(['a']);
  }
  get files() {
    return files('reports');
  }
}
/** May only read. */
export const reader = tool({ tokens: ['kv:orders:r', 'fs:reports:r', 'vector:notes:r'] }, async () => {
  await kv('orders').setJson('a', 1);
  await orders.delete('a');
  await stores.orders.compareAndSet('a', undefined, 'b');
  await reports().write('a', 'b');
  await new Store().write();
  await new Store().files.remove('a');
  await kv('orders').get('a');
});
/** May only add. */
export const adder = tool({ tokens: ['kv:orders:append', 'vector:notes:append'] }, async () => {
  await orders.set('a', 'b');
  await orders.get('a');
  await vectors('notes').query([1]);
});
