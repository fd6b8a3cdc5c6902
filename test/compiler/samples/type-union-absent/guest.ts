import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { by: { id: number; name?: never } | { name: string; id?: undefined } }) => null);
/** Takes it, too. */
export const given = tool(
  {},
  (input: { by: { id: number; name?: never; at: string } | { name: string; at?: string } }) => null,
);
