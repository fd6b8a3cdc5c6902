import { tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({ resources: { processes: 48 } }, (input: { a: number; b: number }) => input.a + input.b);
