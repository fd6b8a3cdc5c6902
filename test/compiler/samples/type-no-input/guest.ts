import { tool } from '@aria/sdk';

/** Takes nothing. */
export const now = tool({}, async () => Date.now());
