import { tool } from '@aria/sdk';

interface List<T> {
  head: T;
  tail?: List<T>;
}

/** Takes it. */
export const take = tool({}, (input: { list: List<string>; numbers?: List<number> }) => null);
