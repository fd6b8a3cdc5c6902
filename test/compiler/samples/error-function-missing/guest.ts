import { tool } from '@aria/sdk';

/** No function. */
export const half = tool({ name: 'half' });
/** No function either. */
export const cast = tool({ name: 'cast' }, (null as never));
