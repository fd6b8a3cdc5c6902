import { net, tool } from '@aria/sdk';

const base = 'https://base.example.com';
const endpoint = new URL('/v1', base);
/** Its token is for another host. */
export const fetching = tool({ tokens: ['net:api.example.com:443'] }, async ({ id }: { id: string }) => {
  await fetch('https://literal.example.com/a');
  await fetch(new URL('https://url.example.com:8443/a'));
  await net.fetch(`https://template.example.com/orders/${id}`);
  await net.fetch(`${base}/orders/${id}`);
  await globalThis.fetch(endpoint);
  await fetch('https://added.example.com/orders/' + id);
  await fetch(new Request(new URL(`/orders/${id}`, 'http://relative.example.com')));
  await fetch(`https://api.example.com/orders/${id}`);
  await fetch(`https://api.example.com${id}`);
});
