import { tool } from '@aria/sdk';

/** Takes a route. */
export const take = tool({}, (_input: {
  /** @uniqueItems */
  route: [number | null, number | null, ...string[]];
  /** @uniqueItems */
  tags?: string[];
}) => null);
