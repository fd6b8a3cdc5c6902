import { tool } from '@aria/sdk';
/** Lies in a folder with the name of a file. */
export const inside = tool({}, () => 1);
