import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { a?: string; b: string | undefined; c?: number | null; d?: boolean; e?: undefined; f?: never }) => null);
