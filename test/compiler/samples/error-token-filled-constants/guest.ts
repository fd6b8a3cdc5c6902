import { kv, tool } from '@aria/sdk';

type Load = () => Promise<string | undefined>;
const kept: Load[] = [];
const loaders = new Map<string, Load>();
loaders.set('orders', () => kv('orders').getText('a'));
/** Keeps what it is given elsewhere, so that it is not known who runs it. */
const registry = {
  add(load: Load): void {
    kept.push(load);
  },
};
registry.add(() => kv('users').getText('a'));

/** Reaches the map without a token for what is in it. */
export const load = tool({ tokens: ['kv:users:r'] }, async () => (await loaders.get('orders')?.()) ?? null);
/** Reaches what the registry was given. */
export const first = tool({}, async () => (await kept[0]?.()) ?? null);
