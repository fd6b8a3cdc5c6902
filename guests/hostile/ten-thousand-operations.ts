import { aria, kv, tool } from '@aria/sdk';

@aria({ name: 'ten-thousand-operations', version: '1.0.0', description: 'Starts 10,000 operations at once' })
export class TenThousandOperations {
  /** Reads. */
  @tool({ tokens: ['kv:crowd:rw'] })
  async reads(): Promise<number> {
    const found = await Promise.all(Array.from({ length: 10_000 }, (_, index) => kv('crowd').get(`key${index}`)));
    return found.length;
  }

  /** Reads whose refusals would be caught. */
  @tool({ tokens: ['kv:crowd:rw'] })
  async readsSettled(): Promise<number> {
    const found = await Promise.allSettled(
      Array.from({ length: 10_000 }, (_, index) => kv('crowd').get(`key${index}`)),
    );
    return found.filter(({ status }) => status === 'fulfilled').length;
  }

  /** Timers. */
  @tool()
  async timers(): Promise<number> {
    let fired = 0;
    await new Promise<void>((resolve) => {
      for (let index = 0; index < 10_000; index += 1) setTimeout(() => (fired += 1), 1);
      setTimeout(resolve, 50);
    });
    return fired;
  }

  /** Operations that nobody awaits: few enough to leave, had the tool waited. */
  @tool({ tokens: ['kv:crowd:rw'] })
  leave(input: { count: number }): string {
    for (let index = 0; index < input.count; index += 1)
      kv('crowd')
        .set('left', 'behind')
        .catch(() => undefined);
    return 'gone';
  }

  /** The same number one after the other, which is nobody's harm. */
  @tool({ tokens: ['kv:crowd:rw'] })
  async oneByOne(): Promise<number> {
    let missing = 0;
    for (let index = 0; index < 10_000; index += 100) {
      const found = await Promise.all(Array.from({ length: 100 }, () => kv('crowd').get('left')));
      missing += found.filter((value) => value === undefined).length;
    }
    return missing;
  }
}
