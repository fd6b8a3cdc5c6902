import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: {}) => null);
