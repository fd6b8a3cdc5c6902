import { tool } from '@aria/sdk';

type Expression = number | Operation;
interface Operation {
  op: '+' | '-';
  args: Expression[];
}

/** Takes it. */
export const take = tool({}, (input: { first: Expression }) => null);
