import { tool } from '@aria/sdk';

/**
 * A percentage.
 * @minimum 0
 * @maximum 100
 */
type Percent = number;
interface Item {
  /**
   * How many.
   * @integer
   * @minimum 1
   */
  count: number;
  /** @exclusiveMinimum 0 @exclusiveMaximum 1 */
  share: number;
  /** @minLength 3 @maxLength 5 */ name: string;
  /** @pattern ^[a-z]{2}\d{2}$ */
  code: string;
  /**
   * @minItems 1
   * @maxItems 3
   * @uniqueItems
   */
  tags: string[];
  /** @format date-time */
  when: string;
  /** @multipleOf 2 */
  even: number;
  limit: Percent;
  /** @default 'low' */
  level?: 'low' | 'high';
  /** @default {"a": [1]} */
  extra?: Record<string, number[]>;
  /** @default 10 */ retries?: number;
}

/** Takes it. */
export const take = tool({}, (input: Item) => null);
