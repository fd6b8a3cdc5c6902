import { agents, kv, tool, tools } from '@aria/sdk';

/** Needs a token. */
export const inner = tool({ tokens: ['kv:orders:rw'] }, async () => {
  await kv('orders').delete('a');
});
/** Has what the tool that it calls needs. */
export const outer = tool({ tokens: ['tool:inner:call', 'kv:orders:rw'] }, () => tools.call<null>('inner', null));
/** What a tool of another bundle needs is not known here. */
export const foreign = tool({ tokens: ['tool:elsewhere:call', 'kv:unknown:rw'] }, () => tools.call<null>('elsewhere', null));
/** Neither is what an agent does. */
export const asking = tool({ tokens: ['agent:clerk:call', 'kv:unknown:rw'] }, () => agents.invoke('clerk', 'hello'));
