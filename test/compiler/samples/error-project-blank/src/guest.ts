import { tool } from '@aria/sdk';

/** Counts. */
export const count = tool({}, (input: { text: string }) => input.text.length);
