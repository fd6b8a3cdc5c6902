import { tool } from '@aria/sdk';

interface Options {
  /** @default 2025-02-30T00:00:00Z */
  impossible?: Date;
  /** @default today */
  word?: Date;
  /** @default 1.5 */
  fraction?: bigint;
  /** @minLength 3 */
  long: Date;
  /** @format date */
  day: Date;
  /** @minimum 3 */
  least: bigint;
  /** @pattern ^1 */
  first: bigint;
}

/** Takes them. */
export const take = tool({}, (_input: Options) => null);
