import { tool } from '@aria/sdk';

export const bare = tool({}, () => null);
export const blank = tool({ description: ' ' }, () => null);
// No JSDoc.
export const comment = tool({}, () => null);
