import { tool } from '@aria/sdk';
import { double } from '~/lib/double.ts';

/** Doubles. */
export const twice = tool({}, (input: { n: number }) => double(input.n));
