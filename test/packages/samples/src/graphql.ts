import { tool } from '@aria/sdk';
import { buildSchema, graphql, parse, print, printSchema, validate } from 'graphql';

const schema = buildSchema('"Eine Bücherei" type Query { books(first: Int = 2): [Book!]! } type Book { title: String! pages: Int } enum Kind { A B } input Filter { kind: Kind = A }');

export const graphqlTool = tool({ description: 'A schema, queries parsed, checked, printed and run with resolvers' }, async ({ query, first }: { query: string; first: number }) => {
  const titles = ['Über', 'Zwei', 'Drei'];
  const rootValue = { books: async ({ first: count }: { first: number }) => titles.slice(0, count).map((title, index) => ({ title, pages: () => (index === 1 ? Promise.reject(new Error('lost')) : index * 100) })) };
  const result = await graphql({ schema, source: query, rootValue, variableValues: { first } });
  let faults: string[];
  try {
    faults = validate(schema, parse(query)).map(({ message }) => message);
  } catch (error) {
    faults = [String(error)];
  }
  return { result: JSON.stringify(result), faults, printed: faults.length === 0 ? print(parse(query)) : '', schema: printSchema(schema) };
});

export const inputs = [{ query: 'query Q($first: Int) { books(first: $first) { ...f kind: __typename } } fragment f on Book { title pages }', first: 2 }, { query: '{ books { author } }', first: 1 }, { query: '{ books {', first: 1 }];
