import { aria, tool } from '@aria/sdk';
import { z } from 'zod';

const Order = z.object({ id: z.string(), count: z.string().transform(Number) });

@aria({ name: 'kit', version: '1.0.0', description: 'Contradicts' })
export class Kit {
  /** Takes what the schema takes, and not what it gives. */
  @tool({ inputs: Order, outputs: z.object({ total: z.number() }) })
  total(input: { id: string; count: string }): { sum: number } {
    return { sum: input.count.length };
  }
}
