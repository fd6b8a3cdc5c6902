import { tool } from '@aria/sdk';
import { List, Map as ImmutableMap, OrderedSet, Range, Record as ImmutableRecord, fromJS, is } from 'immutable';

const Point = ImmutableRecord({ x: 0, y: 0 });

export const immutable = tool({ description: 'Persistent lists, maps, records, lazy sequences, equality and hashes' }, ({ words }: { words: string[] }) => {
  const counts = List(words).countBy((word) => word.length);
  const nested = fromJS({ a: { b: [1, { c: 2 }] } }) as ImmutableMap<string, unknown>;
  return {
    counts: counts.toArray().map(([length, count]) => `${length}: ${count}`),
    updated: JSON.stringify(nested.updateIn(['a', 'b', 1, 'c'], (value) => Number(value) + 40)),
    equal: [is(ImmutableMap({ a: List([1]) }), ImmutableMap({ a: List([1]) })), is(Point({ x: 1 }), Point({ x: 1, y: 0 }))],
    set: OrderedSet(words).sort().toArray(),
    lazy: Range(1, Infinity).filter((value) => value % 7 === 0).map((value) => value * value).take(4).toArray(),
    text: ImmutableMap({ word: words[0], list: List(['ä', 1]) }).toString(),
    hash: List(words).hashCode(),
    grouped: List(words).groupBy((word) => word[0] ?? '').map((group) => group.size).toObject() as Record<string, number>,
  };
});

export const inputs = [{ words: ['über', 'alle', 'Äste', 'über', 'und', '😀'] }];
