import { tool } from '@aria/sdk';
import { first } from '#lib/first';
import { one } from '@one/exact';
/** Imports by paths with wildcards. */
export const taking = tool({}, (input: { list: string[] }) => first(input.list) ?? String(one));
