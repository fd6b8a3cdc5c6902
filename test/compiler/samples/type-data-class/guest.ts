import { tool } from '@aria/sdk';

class Point {
  x = 0;
  y = 0;
}

/** Takes it. */
export const take = tool({}, (input: Point) => null);
