import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { kind: 'a'; version: 2; always: true }) => null);
