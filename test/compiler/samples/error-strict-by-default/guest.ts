import { tool } from '@aria/sdk';

/** Not strict. */
export const loose = tool({}, (input: { n?: number }) => input.n + 1);
export function implicit(value) {
  return value;
}
