import { kv, tool } from '@aria/sdk';

const handlers = new Map<string, () => Promise<unknown>>();
handlers.set('read', () => kv('registered').get('a'));
const later = async (run: () => Promise<unknown>): Promise<void> => void (await run());
const read = (): Promise<unknown> => kv('mentioned').get('a');
const table = { read: () => kv('table').get('a') };
function nested(): Promise<unknown> {
  const inner = (): Promise<unknown> => kv('inner').get('a');
  return inner();
}
/** Mentions code that others call. */
export const calling = tool({}, async ({ name }: { name: 'read' }) => {
  await later(read);
  await handlers.get(name)?.();
  await table[name]();
  await [1].map(nested)[0];
});
