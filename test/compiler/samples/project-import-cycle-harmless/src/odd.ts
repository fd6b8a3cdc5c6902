import { isEven, zero } from './guest.ts';

const check = isEven;
export function isOdd(n: number): boolean {
  return n !== zero && check(n - 1);
}
