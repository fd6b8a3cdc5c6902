import { tool } from '@aria/sdk';

type AccountId = bigint & { readonly brand: 'AccountId' };
interface Transfer {
  from: AccountId;
  amount: bigint;
  fee?: bigint | null;
  parts: bigint[];
  limits: Record<string, bigint>;
  direction: 1n | -1n;
  version: 2n;
  rounds: bigint | number;
}

/** Transfers it. */
export const transfer = tool({}, (input: Transfer): bigint => input.amount);
