import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { a: string[]; b: readonly number[]; c: Array<{ x: number }>; d: ReadonlyArray<string[]>; e: ('x' | 'y')[] }) => null);
