/** What is judged twice, by TypeScript and by the schemas derived from it: a type with values. */
import { Random } from '../../fuzz.ts';
import { randomType } from './random-type.ts';
import { type Value, anyValue, fittingValue, nearValue } from './random-value.ts';
import type { TypeNode } from './type-node.ts';

/** A type with values that may fit it. */
export interface Subject {
  readonly type: TypeNode;
  readonly values: readonly Value[];
}

/** Values that are drawn for a type: half should fit, most of the others nearly do. */
export const valuesPerType = 32;

/** Draws a subject; it depends on the seed and its index only. */
export function randomSubject(seed: number, index: number): Subject {
  const random = new Random(seed, index);
  const type = randomType(random);
  const values = Array.from({ length: valuesPerType }, (_, at) => {
    if (at % 2 === 0) return fittingValue(random, type);
    return at % 8 === 7 ? anyValue(random) : nearValue(random, type);
  });
  return { type, values };
}
