import { tool } from '@aria/sdk';

/** Takes a text. */
export const shout = tool({}, (text: string) => text.toUpperCase());
