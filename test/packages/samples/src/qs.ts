import { tool } from '@aria/sdk';
import qs from 'qs';

export const qsTool = tool(
  { description: 'Nested query strings, arrays, dots, character sets, limits' },
  ({ queries }: { queries: string[] }) => ({
    parsed: queries.map((query) => JSON.stringify(qs.parse(query))),
    dotted: JSON.stringify(qs.parse('a.b=c&a.d[]=1&a.d[]=2', { allowDots: true })),
    latin: JSON.stringify(qs.parse('utf8=%26%2310003%3B&a=%E4', { charsetSentinel: true })),
    written: [
      qs.stringify({ a: { b: [1, 2, { c: 'ä &=' }] }, d: null, e: undefined, when: new Date(0) }),
      qs.stringify({ a: [1, 2] }, { arrayFormat: 'brackets', encode: false }),
      qs.stringify({ ä: '😀' }, { format: 'RFC1738', addQueryPrefix: true }),
    ],
  }),
);

export const inputs = [{ queries: ['a[b][c]=d&a[b][e]=%F0%9F%98%80', 'a[]=b&a[]=c&a[5]=d', 'x=1&x=2;y=3', '__proto__[a]=1&toString=2', '%=bad'] }];
