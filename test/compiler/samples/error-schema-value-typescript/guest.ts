import { tool } from '@aria/sdk';
import { z } from 'zod';

const Order = z.object({ id: z.string() });
const Total = z.object({ total: z.number() });

/** Gives another type. */
export const wrong = tool({ inputs: Order, outputs: Total }, async (order) => ({ total: order.id }));
/** Takes another type. */
export const taking = tool({ inputs: Order }, (order: { id: number }) => order.id);
