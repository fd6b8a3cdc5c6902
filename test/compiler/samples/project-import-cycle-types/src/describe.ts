import { Order } from './guest.ts';

export const kinds: (typeof Order)[] = [];
export function describe(order: Order): string {
  return `${order.total}`;
}
