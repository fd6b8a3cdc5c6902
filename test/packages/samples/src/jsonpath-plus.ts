import { tool } from '@aria/sdk';
import { JSONPath } from 'jsonpath-plus';

export const jsonpathPlus = tool({ description: 'Paths with filters, slices, descent, parents' }, ({ json, paths }: { json: string; paths: string[] }) =>
  paths.map((path) => JSON.stringify(JSONPath({ path, json: JSON.parse(json) as object, resultType: 'all' }).map(({ pointer, value }: { pointer: string; value: unknown }) => [pointer, value]))),
);

export const inputs = [{ json: '{"store":{"book":[{"title":"Ä","price":8},{"title":"B","price":12,"isbn":"1"}],"bike":{"price":20}}}', paths: ['$..price', '$.store.book[?(@.price < 10)].title', '$.store.book[-1:]', '$..book[?(@.isbn)]^', '$.store.*~'] }];
