import { tool } from '@aria/sdk';

/** Bad tokens. */
export const bad = tool({ tokens: ['kv:orders', 'kw:orders:rw', 'kv:orders:write', 'net:example.com', 'kv:a:r'] }, () => null);
