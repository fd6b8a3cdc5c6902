import { tool } from '@aria/sdk';

/** Takes it. */
export const take = tool({}, (input: { a: Record<string, number>; b: { [key: string]: { x: string } }; c: Record<'x' | 'y', boolean>; d: { fixed: string; [key: string]: string }; e: Record<number, string>; f: { [key: `x-${string}`]: number } }) => null);
