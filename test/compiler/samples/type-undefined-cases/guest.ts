import { tool } from '@aria/sdk';

/** Takes what may be absent. */
export const take = tool(
  {},
  (input: {
    absent: undefined;
    maybe: string | undefined;
    optional?: number | undefined;
    never?: never;
    nothing?: undefined;
    both?: null | undefined;
  }): { maybe: string | undefined; sure: string | null } | undefined =>
    input.maybe === undefined ? undefined : { maybe: input.maybe, sure: null },
);
/** Gives nothing. */
export const nothing = tool({}, (): undefined => undefined);
