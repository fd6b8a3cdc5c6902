import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { pair: [string, number]; named: [first: string, second?: boolean]; rest: [number, ...string[]]; empty: []; frozen: readonly [1, 2] }) => null);
