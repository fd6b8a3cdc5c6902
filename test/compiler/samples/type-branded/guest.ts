import { tool } from '@aria/sdk';

type Id = string & { readonly brand: unique symbol };

/** Takes it. */
export const take = tool({}, (input: { id: Id; count: number & { readonly unit: 'ms' } }) => null);
