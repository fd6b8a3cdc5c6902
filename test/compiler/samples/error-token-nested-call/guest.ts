import { kv, tool, tools } from '@aria/sdk';

/** Needs two tokens. */
export const inner = tool({ tokens: ['kv:orders:rw', 'kv:archive:r'] }, async () => {
  await kv('orders').delete('a');
  await kv('archive').get('a');
});
/** May call it, but has only one of the two. */
export const outer = tool({ tokens: ['tool:inner:call', 'kv:archive:rw'] }, () => tools.call<null>('inner', null));
/** Has neither. */
export const bare = tool({}, () => tools.call<null>('inner', null));
