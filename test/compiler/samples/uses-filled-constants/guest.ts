import { kv, tool } from '@aria/sdk';

const loaders = new Map<string, () => Promise<string | undefined>>();
loaders.set('orders', () => kv('orders').getText('a'));
loaders.set('users', loadUser);
const queue: (() => Promise<string | undefined>)[] = [];
queue.push(() => kv('queue').getText('a'));

async function loadUser(): Promise<string | undefined> {
  return kv('users').getText('a');
}

/** Reaches what was put into the map. */
export const load = tool({ tokens: ['kv:orders:r', 'kv:users:r'] }, async (input: { name: string }) => {
  return (await loaders.get(input.name)?.()) ?? null;
});
/** Reaches what was put into the list, by a function. */
export const next = tool({ tokens: ['kv:queue:r'] }, () => first());
/** Has nothing to do with either. */
export const add = tool({}, (input: { a: number; b: number }) => input.a + input.b);

async function first(): Promise<string | null> {
  return (await queue[0]?.()) ?? null;
}
