import { tool } from '@aria/sdk';

/** Misspelt. */
export const one = tool({ timout: 5, retrys: 1 } as object, () => null);
/** Unlike any. */
export const two = tool({ priority: 'high' } as object, () => null);
