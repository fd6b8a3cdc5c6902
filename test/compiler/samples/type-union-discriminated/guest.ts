import { tool } from '@aria/sdk';

interface Circle {
  kind: 'circle';
  radius: number;
}
interface Square {
  kind: 'square';
  side: number;
}
type Shape = Circle | Square;

/** Takes it. */
export const take = tool({}, (input: Shape) => null);
