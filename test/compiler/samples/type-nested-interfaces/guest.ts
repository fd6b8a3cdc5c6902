import { tool } from '@aria/sdk';

interface Entity {
  id: string;
}
interface Line {
  sku: string;
  count: number;
}
/** Where something goes. */
interface Address {
  street: string;
  city: { name: string };
}
/** What someone ordered. */
interface Order extends Entity {
  lines: Line[];
  /** Where it goes. */
  address: Address;
}

/** Takes it. */
export const take = tool({}, (input: Order) => null);
