import { tool } from '@aria/sdk';
import queryString from 'query-string';

export const queryStringTool = tool(
  { description: 'Query strings with types and arrays, URLs with fragments' },
  ({ url }: { url: string }) => ({
    parsed: JSON.stringify(queryString.parseUrl(url, { parseNumbers: true, parseBooleans: true, arrayFormat: 'comma', parseFragmentIdentifier: true })),
    written: queryString.stringify({ b: ['x', 'ü', null], a: 'é è', none: undefined, zero: 0 }, { arrayFormat: 'bracket', sort: (a, b) => (a < b ? -1 : 1) }),
    picked: queryString.pick(url, ['foo', 'list']),
    excluded: queryString.exclude(url, (name) => name === 'foo'),
  }),
);

export const inputs = [{ url: 'https://example.com/a?foo=1&list=a,b%2Cc,ü&flag=true&empty#fr%C3%A4g' }];
