import { tool } from '@aria/sdk';
import { z } from 'zod';

interface Node {
  name: string;
  inside: Node[];
}
const node: z.ZodType<Node> = z.lazy(() => z.object({ name: z.string(), inside: z.array(node) }));

/** What a schema says nothing of, it judges while the tool runs. */
export const take = tool(
  {
    inputs: z.object({
      count: z.coerce.number().int().describe('a number, or a text of one'),
      when: z.coerce.date<string>(),
      text: z.preprocess((value) => String(value), z.string()),
      meta: z.looseObject({ id: z.string() }),
      any: z.any(),
      root: node,
    }),
    outputs: z.codec(z.date(), z.iso.date(), {
      decode: (date) => date.toISOString().slice(0, 10),
      encode: (text) => new Date(text),
    }),
  },
  ({ when }) => when,
);
