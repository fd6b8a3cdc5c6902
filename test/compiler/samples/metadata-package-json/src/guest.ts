import { tool } from '@aria/sdk';

/** Nothing. */
export const nothing = tool({}, () => null);
