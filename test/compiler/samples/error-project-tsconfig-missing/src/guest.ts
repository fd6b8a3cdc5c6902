import { tool } from '@aria/sdk';
/** Is fine itself. */
export const fine = tool({}, () => 1);
