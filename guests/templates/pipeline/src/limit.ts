import { log, tool } from '@aria/sdk';
import { amount } from './amount.ts';

/** A tool can be a function too; logging needs no token. */
export const warnOfLimit = tool(
  { name: 'warnOfLimit', description: 'Warns that a month costs more than it may' },
  (input: {
    month: string;
    /** @integer */
    totalCents: number;
    /** @integer */
    limitCents: number;
  }): { warning: string } => {
    const { month, totalCents, limitCents } = input;
    const warning = `${month} costs ${amount(totalCents)}, ${amount(totalCents - limitCents)} over the limit`;
    log.warn(warning, { month });
    return { warning };
  },
);
