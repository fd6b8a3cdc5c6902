import { tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({ resources: { cpus: 0.5 } }, (input: { a: number; b: number }) => input.a + input.b);
/** Big. */
export const big = tool({}, () => 1);
