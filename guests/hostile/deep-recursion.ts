/* oxlint-disable no-new-func -- hostile on purpose */
import { aria, tool } from '@aria/sdk';

@aria({ name: 'deep-recursion', version: '1.0.0', description: 'Recurses until the stack ends' })
export class DeepRecursion {
  /** Uncaught. */
  @tool()
  recurse(): number {
    const down = (depth: number): number => down(depth + 1) + 1;
    return down(0);
  }

  /** In every way that the engine has, each caught. */
  @tool({ memoryMiB: 256, computeMs: 20_000 })
  recurseEverywhere(): Record<string, string> {
    const getter = {
      get deeper(): unknown {
        return this.deeper;
      },
    };
    const nested: unknown[] = [];
    let inner = nested;
    for (let depth = 0; depth < 100_000; depth += 1) {
      const next: unknown[] = [];
      inner.push(next);
      inner = next;
    }
    const proxy: object = new Proxy({}, { get: (_target, key) => Reflect.get(proxy, key) as unknown });
    const bound = Array.from({ length: 3_000 }).reduce<() => number>(
      (run) => run.bind(null),
      () => 1,
    );
    const ways: Record<string, () => unknown> = {
      getter: () => getter.deeper,
      stringify: () => JSON.stringify(nested),
      parse: () => JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)) as unknown,
      expression: () => new Function(`return ${'('.repeat(100_000)}1${')'.repeat(100_000)}`) as unknown,
      pattern: () => new RegExp('('.repeat(100_000) + ')'.repeat(100_000)).test('x'),
      proxy: () => Reflect.get(proxy, 'x') as unknown,
      bound: () => bound(),
      flat: () => nested.flat(Infinity),
      text: () => String(nested),
      sort: () => sortDeep(),
      clone: () => structuredClone(nested),
    };
    return Object.fromEntries(Object.entries(ways).map(([name, run]) => [name, endOf(run)]));
  }
}

function sortDeep(): number[] {
  return [2, 1].sort(() => sortDeep().length);
}

function endOf(run: () => unknown): string {
  try {
    run();
    return 'fine';
  } catch (error) {
    return error instanceof Error ? error.name : typeof error;
  }
}
