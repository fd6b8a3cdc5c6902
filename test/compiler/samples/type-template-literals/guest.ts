import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { id: `user-${number}`; any: `a.${string}.b` | 'literal'; upper: Uppercase<string> }) => null);
