import { tool } from '@aria/sdk';

interface Input {
  /** @minimum three */
  a: number;
  /** @minLength 3 */
  b: number;
  /** @pattern [a- */
  c: string;
  /** @format datetime */
  d: string;
  /** @maxItems -1 */
  e: string[];
  /** @default 5 */
  f: boolean;
  /** @default 'none' */
  g: 'low' | 'high';
  /** @min 5 @minlength 3 */
  h: string;
  /** @internal @since 1.0 */
  i: string;
}
/** Has wrong tags. */
export const tags = tool({}, (input: Input) => input.a);
