import { tool } from '@aria/sdk';

/** First. */
export const beta = tool({}, () => 1);
