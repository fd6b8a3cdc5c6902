import { aria, tool } from '@aria/sdk';

@aria({ name: 'native-loops', version: '1.0.0', description: 'Keeps built-ins busy that are no JavaScript' })
export class NativeLoops {
  /** A number of a hundred million digits. */
  @tool({ computeMs: 100 })
  power(): string {
    return String(3n ** 300_000_000n);
  }

  /** Four billion places that are not there. */
  @tool({ computeMs: 100 })
  sparse(): number {
    const places: number[] = [];
    places.length = 2 ** 32 - 1;
    return places.indexOf(1) + places.lastIndexOf(1);
  }

  /** The same, one by one in another's memory. */
  @tool({ computeMs: 100 })
  arrayLike(): number {
    return Array.prototype.reverse.call({ length: 2 ** 53 - 1 }).length;
  }

  /** A text in a text, by trying every place. */
  @tool({ computeMs: 100 })
  search(): number {
    const text = 'a'.repeat(2_000_000);
    return text.indexOf(`${'a'.repeat(1_000_000)}b`);
  }

  /** Short texts that become long ones. */
  @tool({ memoryMiB: 16, computeMs: 2_000 })
  grow(): string[] {
    const ways: (() => unknown)[] = [
      () => 'x'.repeat(2 ** 30),
      () => 'x'.padEnd(2 ** 30, 'y'),
      () => 'x'.repeat(100_000).replaceAll('x', 'y'.repeat(10_000)),
      () => 'x'.repeat(100_000).replace(/x+/, '$&'.repeat(10_000)),
      () => 'x'.repeat(10_000).split('').join('y'.repeat(100_000)),
      () =>
        JSON.stringify(
          Array.from({ length: 1_000_000 }, () => 1),
          undefined,
          10,
        ),
      () => new Uint8Array(2 ** 30),
      () => new TextEncoder().encode('€'.repeat(10_000_000)),
      () => [...everything()],
      () => String.fromCharCode(...new Array<number>(10_000_000)),
    ];
    return ways.map((run) => {
      try {
        run();
        return 'fine';
      } catch (error) {
        return error instanceof Error ? error.name : typeof error;
      }
    });
  }
}

function* everything(): Generator<string> {
  for (let index = 0; ; index += 1) yield `element ${index}`;
}
