import { aria, kv, tool } from '@aria/sdk';

/** Harmless: what it answers shows whether a neighbour has done harm. */
@aria({ name: 'bystander', version: '1.0.0', description: 'Answers as long as nobody harms it' })
export class Bystander {
  /** Counts its calls, waits, and uses what a neighbour may have broken. */
  @tool({ tokens: ['kv:bystander:rw'] })
  async visit(input: { waitMs?: number }): Promise<{ visits: number; sorted: number[]; polluted: boolean }> {
    const store = kv('bystander');
    const visits = ((await store.getJson<number>('visits')) ?? 0) + 1;
    await store.setJson('visits', visits);
    await new Promise((resolve) => setTimeout(resolve, input.waitMs ?? 0));
    const polluted = Object.keys(Object.prototype).length > 0 || 'polluted' in {} || Array.prototype.map.length !== 1;
    return { visits, sorted: [3, 1, 2].map(Number).sort(), polluted };
  }
}
