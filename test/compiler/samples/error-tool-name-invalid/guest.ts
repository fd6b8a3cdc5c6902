import { tool } from '@aria/sdk';

/** Bad. */
export const a = tool({ name: 'sum lines!' }, () => null);
/** Bad too. */
export const b = tool({ name: '1st' }, () => null);
/** Its own. */
export const größe = tool({}, () => null);
