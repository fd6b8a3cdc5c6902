import { tool } from '@aria/sdk';

/** Fine. */
export const fine = tool({}, () => null);
