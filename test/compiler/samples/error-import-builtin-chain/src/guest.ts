import { tool } from '@aria/sdk';
import { middle } from './middle.ts';
import type { Unused } from './unused.ts';

/** Reads a file by a long way. */
export const reading = tool({}, (input: { text: Unused }) => middle(input.text));
