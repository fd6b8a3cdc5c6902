import { tool } from '@aria/sdk';

/** Has nothing of zod in its bundle. */
export const apart = tool({}, (input: { text: string }) => input.text);
