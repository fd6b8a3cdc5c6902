import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { name: string } | { id: number } | null) => null);
