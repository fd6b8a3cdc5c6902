import { tool } from '@aria/sdk';
import { describe } from './describe.ts';

export class Order {
  readonly total = 1;
}
/** The other module needs its types only. */
export const total = tool({}, () => describe(new Order()));
