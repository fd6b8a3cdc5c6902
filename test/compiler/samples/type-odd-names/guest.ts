import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { 'a-b': string; constructor: boolean; 'ä "x"': null; 1: string; $blob: number }) => null);
