import { aria, kv, tool } from '@aria/sdk';

@aria({ name: 'kit', version: '1.0.0', description: 'A kit' })
export class Kit {
  /** Reads. */
  @tool({ tokens: ['kv:orders:r'] })
  async read(input: { key: string }): Promise<string | null> {
    return (await kv('orders').getText(input.key)) ?? null;
  }
  /** Writes. */
  @tool({ tokens: ['kv:orders:rw'] })
  async write(input: { key: string; text: string }): Promise<void> {
    await kv('orders').set(input.key, input.text);
  }
}
/** Counts. */
export const count = tool({}, (input: { text: string }) => input.text.length);
