import { aria, kv, tool } from '@aria/sdk';

@aria({ name: 'invoice-kit', version: '0.2.0', description: 'Invoice helpers', author: 'Ada', license: 'MIT' })
export class InvoiceKit {
  /** Adds line totals. */
  @tool({ tokens: ['kv:invoices:rw'], timeout: 5_000, retryCount: 2, computeMs: 100, memoryMiB: 16 })
  async sumLines(input: { /** in cents */ lines: number[] }): Promise<{ total: number }> {
    const total = input.lines.reduce((a, b) => a + b, 0);
    await kv('invoices').setJson('last', { total });
    return { total };
  }

  @tool({ name: 'count-lines', description: 'Counts lines' })
  countLines({ lines }: { lines: number[] }): number {
    return lines.length;
  }

  helper(): string {
    return 'not a tool';
  }
}
