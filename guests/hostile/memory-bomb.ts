import { aria, tool } from '@aria/sdk';

@aria({ name: 'memory-bomb', version: '1.0.0', description: 'Takes all memory that it can get' })
export class MemoryBomb {
  /** Objects. */
  @tool({ memoryMiB: 16 })
  growList(): number {
    const list: object[] = [];
    for (;;) list.push({ at: list.length });
  }

  /** Buffers. */
  @tool({ memoryMiB: 16 })
  growBuffers(): number {
    const buffers: Uint8Array[] = [];
    for (;;) buffers.push(new Uint8Array(1024 * 1024).fill(buffers.length));
  }

  /** One buffer beyond all bounds. */
  @tool({ memoryMiB: 16 })
  oneBuffer(): number {
    return new Uint8Array(2 ** 31 - 1).length;
  }

  /** A string that doubles. */
  @tool({ memoryMiB: 16 })
  async growText(): Promise<number> {
    let text = 'x';
    const kept: string[] = [];
    for (;;) {
      text += text;
      kept.push(`${text}!`.split('').reverse().join(''));
      await Promise.resolve();
    }
  }

  /** Catches what the engine throws, gives memory back, and goes on. */
  @tool({ memoryMiB: 16 })
  survive(): { refusals: number; works: boolean } {
    let refusals = 0;
    for (let round = 0; round < 5; round += 1) {
      try {
        const buffers: Uint8Array[] = [];
        for (;;) buffers.push(new Uint8Array(4 * 1024 * 1024));
      } catch {
        refusals += 1;
      }
    }
    return { refusals, works: JSON.stringify({ a: [1, 2] }) === '{"a":[1,2]}' };
  }
}
