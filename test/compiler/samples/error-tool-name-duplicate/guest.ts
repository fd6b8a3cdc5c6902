import { tool } from '@aria/sdk';

/** First. */
export const a = tool({ name: 'same' }, () => null);
/** Second. */
export const b = tool({ name: 'Same' }, () => null);
