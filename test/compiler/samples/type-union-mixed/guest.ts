import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { value: string | number | string[] | { at: number } | boolean | null }) => null);
