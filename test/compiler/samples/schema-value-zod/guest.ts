import { aria, tool } from '@aria/sdk';
import { z } from 'zod';

const Line = z.object({
  sku: z.string().min(3).max(20).regex(/^[A-Z]+$/).describe('the number of the article'),
  count: z.number().int().positive().max(100),
  price: z.number().nonnegative().multipleOf(0.01),
});
const Order = z
  .object({
    id: z.uuid(),
    mail: z.email().optional(),
    page: z.url().nullable(),
    at: z.iso.datetime(),
    due: z.date(),
    total: z.bigint(),
    /** Said by a comment. */
    lines: z.array(Line).min(1).max(50),
    state: z.enum(['open', 'paid', 'gone']).default('open'),
    kind: z.literal('order'),
    tags: z.record(z.string(), z.string().max(10)),
    pair: z.tuple([z.string().min(1), z.number().int()]),
    note: z.string().trim().max(5).toUpperCase(),
    length: z.string().transform((text) => text.length),
  })
  .refine(({ lines }) => lines.length !== 13, { message: 'thirteen lines bring bad luck' });
const Receipt = z.object({ id: z.uuid(), length: z.number().int(), sent: z.date(), note: z.string().min(1) });

const Name = z.object({ name: z.string().min(1).default('nobody') });

@aria({ name: 'order-kit', version: '1.0.0', description: 'Orders' })
export class OrderKit {
  /** Takes an order. */
  @tool({ inputs: Order, outputs: Receipt })
  order(input: z.infer<typeof Order>): z.infer<typeof Receipt> {
    return { id: input.id, length: input.length, sent: input.due, note: input.note };
  }

  /** Greets. */
  @tool({ inputs: Name })
  greet({ name }: { name: string }): string {
    return `Hello ${name}`;
  }
}

/** Counts. */
export const count = tool({ inputs: Line.pick({ sku: true, count: true }), outputs: z.number().int() }, async (line) =>
  line.sku === 'NONE' ? 0.5 : line.count,
);
/** Has no schema of its own. */
export const plain = tool({}, (input: { text: string }) => input.text);
