import { tool } from '@aria/sdk';

/** Does not type-check. */
export const wrong = tool({}, (input: { n: number }): string => input.n);
const unknownName = missing + 1;
export { unknownName };
