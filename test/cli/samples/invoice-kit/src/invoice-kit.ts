import { aria, kv, log, tool, ToolError } from '@aria/sdk';

@aria({ name: 'invoice-kit', version: '0.2.0', description: 'Invoice helpers' })
export class InvoiceKit {
  /** Adds line totals. */
  @tool({ tokens: ['kv:invoices:rw'] })
  async sumLines(input: { /** in cents */ lines: number[] }): Promise<{ total: number }> {
    const total = input.lines.reduce((sum, line) => sum + line, 0);
    await kv('invoices').setJson('last', { total });
    return { total };
  }

  /** Finds an order, and never does. */
  @tool({})
  async findOrder(input: { id: string }): Promise<{ found: boolean }> {
    log.warn('looking', { id: input.id });
    throw new ToolError('ORDER_NOT_FOUND', `No order ${input.id}`, { details: { id: input.id } });
  }
}

export const reverseBytes = tool({ name: 'reverseBytes', description: 'Reverses bytes' }, async (input: { data: Uint8Array }) => ({
  data: input.data.slice().reverse(),
}));

export const spin = tool({ name: 'spin', description: 'Never ends', computeMs: 200 }, async (input: { label?: string }): Promise<string> => {
  for (;;) if (input.label === 'impossible') return input.label;
});

export const pause = tool({ name: 'pause', description: 'Waits for a minute' }, async (): Promise<{ waited: boolean }> => {
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  return { waited: true };
});
