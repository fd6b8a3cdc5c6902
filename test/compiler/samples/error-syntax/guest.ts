import { tool } from '@aria/sdk';

/** Does not parse. */
export const wrong = tool({}, (input: { n: number } => input.n);
