import { tool } from '@aria/sdk';
import { isOdd } from './odd.ts';

export const zero = 0;
export function isEven(n: number): boolean {
  return n === zero || isOdd(n - 1);
}
/** Uses the circle in functions only. */
export const even = tool({}, ({ n }: { n: number }) => isEven(n));
