import { tool } from '@aria/sdk';

/** Takes them. */
export const take = tool(
  {},
  (_input: {
    code: Uppercase<string>;
    slug: Lowercase<string>;
    title: Capitalize<string>;
    key: Uncapitalize<string>;
    flag: Uppercase<'on' | 'off'>;
    country: `${Uppercase<string>}-${number}`;
    amount: `${number}`;
    serial: `#${bigint}`;
    switch: `is-${boolean}`;
  }) => null,
);
/** Takes a table by codes. */
export const table = tool({}, (_input: { rates: Record<`${Uppercase<string>}/EUR`, number> }) => null);
