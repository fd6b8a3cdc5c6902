import { tool } from '@aria/sdk';
import { z } from 'zod';

const address = z.object({ street: z.string().min(2), zip: z.string().regex(/^\p{Nd}{5}$/u) });
const user = z
  .strictObject({
    name: z.string().trim().min(1).max(20),
    email: z.email(),
    born: z.coerce.date().max(new Date('2020-01-01')),
    role: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('admin'), level: z.int().min(1) }),
      z.object({ kind: z.literal('guest'), until: z.iso.date() }),
    ]),
    address: address.optional(),
    tags: z.array(z.string()).default([]),
  })
  .refine(({ name, email }) => name !== email, { message: 'are the same' })
  .transform(({ born, ...rest }) => ({ ...rest, bornMs: born.getTime() }));

export const zodTool = tool(
  { description: 'Objects, unions, refinements, transforms, every fault with its path, JSON Schema of a schema' },
  ({ value }: { value: string }) => {
    const result = user.safeParse(JSON.parse(value));
    return {
      success: result.success,
      data: result.success ? JSON.stringify(result.data) : '',
      faults: result.success ? [] : result.error.issues.map(({ path, message, code }) => `${path.join('.')}: ${code}: ${message}`),
      pretty: result.success ? '' : z.prettifyError(result.error),
      schema: JSON.stringify(z.toJSONSchema(address)),
    };
  },
);

export const inputs = [
  { value: '{"name":" Zoë ","email":"z@example.com","born":"1990-05-06","role":{"kind":"admin","level":2},"address":{"street":"Am Ring","zip":"٠١٢٣٤"}}' },
  { value: '{"name":"","email":"no","born":"2024-05-06","role":{"kind":"guest","until":"2026-13-01"},"extra":1}' },
  { value: '{"name":"A","email":"a@example.com","born":"never","role":{"kind":"other"}}' },
];
