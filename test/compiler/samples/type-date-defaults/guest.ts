import { tool } from '@aria/sdk';

interface Options {
  /**
   * From when.
   * @default 2026-01-31T08:00:00Z
   */
  from?: Date;
  /** @default "2026-02-28T00:00:00+01:00" */
  to?: Date | null;
  /** @default 12345678901234567890 */
  limit?: bigint;
  /** @default 5n */
  step?: bigint;
  /** @default 0 */
  since?: Date | number;
}

/** Takes them. */
export const take = tool({}, (_input: Options) => null);
