import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { by: { id: number; name: string } | { limit?: number; after?: string } }) => null);
/** Takes it, too. */
export const both = tool({}, (input: { by: { limit?: number } | { after?: string } }) => null);
