import { tool } from '@aria/sdk';

/** Uses an ambient type. */
export const ambient = tool({}, (input: Ambient) => input.value);
