import { tool } from '@aria/sdk';
import _ from 'lodash';

interface Person {
  readonly name: string;
  readonly city: string;
  readonly age: number;
}

export const lodash = tool(
  { description: 'Grouping, ordering, deep merge and clone, words of Unicode text, templates' },
  ({ people, text }: { people: Person[]; text: string }) => {
    const copy = _.cloneDeep({ people, when: new Date(0), set: new Set([1]), bytes: new Uint8Array([1, 2]) });
    return {
      byCity: _.mapValues(_.groupBy(people, 'city'), (group) => _.sumBy(group, 'age')),
      ordered: _.orderBy(people, ['age', 'name'], ['desc', 'asc']).map(({ name }) => name),
      merged: JSON.stringify(_.merge({ a: { b: [1, { c: 2 }] } }, { a: { b: [3, { d: 4 }] } })),
      words: _.words(text),
      cases: [_.camelCase(text), _.kebabCase(text), _.startCase(text), _.deburr(text)],
      // The same compiled function needs eval where a template is not known before; tools have it as Node has.
      filled: _.template('<% people.forEach((person) => { %><%- person.name %>;<% }) %>')({ people }),
      equal: _.isEqual(copy.people, people) && copy.people !== people && copy.set.has(1) && copy.bytes[1] === 2,
      chunks: _.chunk(_.range(7), 3),
      picked: _.get({ a: [{ b: 1 }] }, 'a[0].b'),
      truncated: _.truncate('👩‍👩‍👧 family and friends', { length: 9, separator: ' ' }),
    };
  },
);

export const inputs = [
  {
    people: [
      { name: 'Zoë <z>', city: 'Köln', age: 31 },
      { name: 'Ann', city: 'Oslo', age: 44 },
      { name: 'Bob', city: 'Köln', age: 44 },
    ],
    text: 'fooBar déjà-vu ÀÉ XMLHttp 2nd 日本',
  },
  { people: [], text: '' },
];
