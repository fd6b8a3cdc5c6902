import { kv, tool } from '@aria/sdk';

const stores = { orders: kv('orders'), users: kv('users') } as const;

/** Takes one of the stores out by its name. */
export const taken = tool({ tokens: ['kv:orders:r'] }, async () => {
  const { orders } = stores;
  return (await orders.getText('a')) ?? null;
});
/** Takes one of the stores out under a name of its own. */
export const renamed = tool({ tokens: ['kv:users:r'] }, async () => {
  const { users: people } = stores;
  return (await people.getText('a')) ?? null;
});
/** Names one of the stores in brackets. */
export const bracketed = tool({ tokens: ['kv:orders:r'] }, async () => (await stores['orders'].getText('a')) ?? null);
/** Takes the global fetch out of what holds it. */
export const fetched = tool({ tokens: ['net:api.example.com:443'] }, async () => {
  const { fetch: request } = globalThis;
  return (await request('https://api.example.com/')).status;
});
/** Names the global fetch in brackets. */
export const fetchedByName = tool({ tokens: ['net:api.example.com:443'] }, async () => {
  return (await globalThis['fetch']('https://api.example.com/')).status;
});
const loaders: Record<string, () => Promise<string | undefined>> = {
  orders: () => kv('orders').getText('a'),
  users: () => kv('users').getText('a'),
};
/** Names one of the functions of an object whose type knows no names. */
export const loaded = tool({ tokens: ['kv:users:r'] }, async () => (await loaders.users?.()) ?? null);
