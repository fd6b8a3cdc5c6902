import { aria, tool } from '@aria/sdk';

const little = { cpus: 0.5, processes: 32 } as const;

/** Adds two numbers. */
export const add = tool(
  { trust: 'untrusted', resources: { ...little, temporaryMiB: 8 } },
  (input: { a: number; b: number }) => input.a + input.b,
);

@aria({ name: 'placed', version: '1.0.0', description: 'Tools with wishes' })
export class Placed {
  /** Counts. */
  @tool({ trust: 'trusted', resources: { cpus: 2 }, memoryMiB: 8192, computeMs: 120_000 })
  count(input: { to: number }): number {
    return input.to;
  }
}
