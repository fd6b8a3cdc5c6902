import { tool } from '@aria/sdk';
import { compact, debounce, difference, flattenDeep, flow, isPlainObject, memoize, partition, reverse, set, snakeCase, sortedUniq, uniqBy, unzip } from 'lodash-es';

export const lodashEs = tool(
  { description: 'ES modules of lodash: flows, sets, partitions, memoize, debounce over timers' },
  async ({ numbers, text }: { numbers: number[]; text: string }) => {
    let calls = 0;
    const square = memoize((value: number) => {
      calls += 1;
      return value * value;
    });
    const squares = [...numbers, ...numbers].map((value) => square(value));
    let fired = 0;
    await new Promise<void>((resolve) => {
      const late = debounce(() => {
        fired += 1;
        resolve();
      }, 5);
      late();
      late();
      late();
    });
    return {
      flowed: flow(compact, reverse, sortedUniq)(numbers),
      parts: partition(numbers, (value) => value > 2),
      unique: uniqBy(numbers, (value) => value % 3),
      missing: difference(numbers, [1, 3]),
      flat: flattenDeep([1, [2, [3, [4]]]]),
      squares,
      calls,
      fired,
      snake: snakeCase(text),
      columns: JSON.stringify(unzip([['a', 1], ['b', 2]])),
      nested: JSON.stringify(set({}, 'a[0].b.c', 4)),
      plain: [isPlainObject({}), isPlainObject(new Map()), isPlainObject(Object.create(null))],
    };
  },
);

export const inputs = [{ numbers: [1, 2, 3, 4, 5, 3], text: 'Straße nachHause ÄÖ' }];
