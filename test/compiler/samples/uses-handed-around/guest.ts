import * as sdk from '@aria/sdk';
import { kv, llm, net, tool } from '@aria/sdk';

const opened = ['orders', 'archive'].map(kv);
const ask = llm.complete;
const through = (send: typeof fetch): Promise<Response> => send('https://api.example.com/');
/** Nobody sees which token is for what. */
export const loose = tool({ tokens: ['kv:orders:r', 'kv:archive:r', 'llm:openai:gpt-4o', 'net:api.example.com:443'] }, async () => {
  await opened[0]?.get('a');
  await through(fetch);
  return (await ask({ model: 'openai:gpt-4o', messages: [] })).text;
});
/** Hands all of it on. */
export const whole = tool({ tokens: ['gpu:any:compute', 'fs:reports:r'] }, () => Object.keys(sdk).length);
/** Takes it apart. */
export const apart = tool({ tokens: ['net:api.example.com:443'] }, async () => {
  const { fetch: send } = net;
  return (await send('https://api.example.com/')).status;
});
