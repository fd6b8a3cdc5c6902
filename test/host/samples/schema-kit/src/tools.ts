import { aria, tool } from '@aria/sdk';
import { z } from 'zod';
import { words } from './own-schema.ts';

const Line = z.object({ sku: z.string().regex(/^[A-Z]+$/), count: z.number().int().positive() });
const Order = z
  .object({
    id: z.string().trim().toLowerCase(),
    due: z.date(),
    total: z.bigint().positive(),
    lines: z.array(Line).min(1),
    state: z.enum(['open', 'paid']).default('open'),
  })
  .refine(({ lines }) => lines.length !== 3, { message: 'three lines bring bad luck', path: ['lines'] });
const Receipt = z.object({ id: z.string(), due: z.date(), count: z.number().max(100, 'too much').transform(String) });

@aria({ name: 'schema-kit', version: '1.0.0', description: 'Inputs and outputs by schemas' })
export class SchemaKit {
  /** Takes an order. */
  @tool({ inputs: Order, outputs: Receipt })
  async order(input: z.infer<typeof Order>): Promise<z.input<typeof Receipt>> {
    const count = input.lines.reduce((sum, line) => sum + line.count, 0);
    return { id: `${input.id} ${input.state} ${typeof input.total}`, due: input.due, count };
  }
}

/** Counts words. */
export const count = tool({ inputs: words }, (input) => input.words.length);
/** Has no schema. */
export const plain = tool({}, (input: { text: string }) => input.text);

/** Fails in the middle of this file. */
export const fails = tool({ inputs: z.object({ text: z.string() }) }, (input) => {
  throw new Error(input.text);
});
