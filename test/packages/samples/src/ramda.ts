import { tool } from '@aria/sdk';
import * as R from 'ramda';

export const ramda = tool(
  { description: 'Curried pipes, lenses, transducers, grouping and comparison by value' },
  ({ items }: { items: { name: string; tags: string[]; price: number }[] }) => {
    const cheap = R.pipe(R.filter(R.propSatisfies(R.lt(R.__, 10), 'price')), R.map(R.prop('name')), R.join(', '));
    const price = R.lensPath<{ a: { price: number }[] }, number>(['a', 0, 'price']);
    const evenSquares = R.compose(R.filter((value: number) => value % 2 === 0), R.map((value: number) => value * value));
    return {
      cheap: cheap(items as never) as string,
      counts: R.countBy(R.identity<string>, R.chain(R.prop('tags'), items)),
      sorted: R.sortWith([R.descend(R.prop('price')), R.ascend(R.prop('name'))], items).map(R.prop('name')),
      lens: JSON.stringify(R.over(price, R.multiply(2), { a: [{ price: 21 }] })),
      transduced: R.transduce(evenSquares as never, R.flip(R.append) as never, [] as number[], R.range(1, 9)),
      equal: R.equals({ a: [new Date(5), /x/u, new Map([[1, { b: 2 }]])] }, { a: [new Date(5), /x/u, new Map([[1, { b: 2 }]])] }),
      zipped: R.zipObj(['a', 'b'], [1, 2]) as Record<string, number>,
      text: R.toString({ when: new Date(0), list: [1, 'ä', null, undefined] }),
      cases: R.map(R.cond([[R.is(Number), R.always('number')], [R.is(String), R.always('text')], [R.T, R.always('other')]]), [1, 'a', null]) as string[],
    };
  },
);

export const inputs = [
  {
    items: [
      { name: 'Äpfel', tags: ['fruit', 'red'], price: 3 },
      { name: 'Brot', tags: ['bread'], price: 4.5 },
      { name: 'Wein', tags: ['red', 'drink'], price: 12 },
    ],
  },
];
