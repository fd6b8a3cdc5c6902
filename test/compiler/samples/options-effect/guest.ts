import { tool } from '@aria/sdk';

/** Pure. */
export const pure = tool({ effect: 'pure' }, () => null);
