import { tool } from '@aria/sdk';

interface Growing<T> {
  value: T;
  next?: Growing<T[]>;
}
/** Grows. */
export const grow = tool({}, (input: Growing<string>) => input.value);
