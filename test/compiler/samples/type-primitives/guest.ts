import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { text: string; count: number; on: boolean; nothing: null }) => null);
