import { context, kv, llm, tool } from '@aria/sdk';

const orders = kv('orders');
const last = orders.get('last');
fetch('https://api.example.com/');
const answer = (() => llm.complete({ model: 'openai:gpt-4o', messages: [] }))();
class Store {
  static entries = context.get();
  static {
    void kv('stores').set('a', 'b');
  }
  readonly later = orders.get('later');
}
const fine = () => orders.get('fine');
/** Uses them. */
export const using = tool({ tokens: ['kv:orders:r', 'kv:stores:rw', 'llm:openai:gpt-4o', 'context:session:r'] }, async () => {
  await Promise.all([last, answer, fine(), new Store().later, Store.entries]);
});
