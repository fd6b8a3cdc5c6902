import { tool } from '@aria/sdk';

class Day extends Date {}
interface Collections {
  map: Map<string, Date>;
  readonlyMap: ReadonlyMap<string, number>;
  set: Set<bigint>;
  readonlySet: ReadonlySet<string>;
  weak: WeakMap<object, string>;
  bigints: BigInt64Array;
  boxed: BigInt;
  day: Day;
  lines: Iterable<string>;
}

/** Takes them. */
export const take = tool({}, (_input: Collections) => null);
