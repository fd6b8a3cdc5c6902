import { tool } from '@aria/sdk';

type Named = { name: string };
interface Aged {
  age: number;
}

/** Takes it. */
export const take = tool({}, (input: Named & Aged & { extra?: string }) => null);
