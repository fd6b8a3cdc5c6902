import { kv, tool } from '@aria/sdk';

const stores = { orders: kv('orders'), users: kv('users') } as const;

/** Takes out another store than the one that it may use. */
export const taken = tool({ tokens: ['kv:orders:r'] }, async () => {
  const { users, orders } = stores;
  return [await users.getText('a'), await orders.getText('a')].join();
});
/** Names another store in brackets than the one that it may use. */
export const bracketed = tool({ tokens: ['kv:orders:r'] }, async () => {
  return [await stores['users'].getText('a'), await stores['orders'].getText('a')].join();
});
/** Takes all but one. */
export const rest = tool({ tokens: ['kv:orders:r'] }, async () => {
  const { orders, ...others } = stores;
  return [await orders.getText('a'), Object.keys(others).length].join();
});
