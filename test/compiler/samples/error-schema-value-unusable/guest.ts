import { aria, tool } from '@aria/sdk';
import { z } from 'zod';

class Untyped {
  '~standard' = { version: 1 as const, vendor: 'own', validate: (value: unknown) => ({ value }) };
}

@aria({ name: 'kit', version: '1.0.0', description: 'Cannot be reached' })
export class Kit {
  static #secret = z.object({ text: z.string() });

  /** Says it by a private name. */
  @tool({ inputs: Kit.#secret })
  hidden(input: { text: string }): string {
    return input.text;
  }

  /** Has an object of schemas. */
  @tool({ inputs: { text: z.string() } as object })
  bare(input: { text: string }): string {
    return input.text;
  }

  /** Has a schema without types. */
  @tool({ inputs: new Untyped() })
  untyped(input: { text: string }): string {
    return input.text;
  }

  /** Takes what JSON cannot say. */
  @tool({ inputs: z.object({ map: z.map(z.string(), z.number()), count: z.symbol(), at: z.union([z.date(), z.string()]) }) })
  unsupported(input: { map: Map<string, number>; count: symbol; at: Date | string }): number {
    return input.map.size;
  }
}
