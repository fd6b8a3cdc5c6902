import { tool } from '@aria/sdk';

const shared = { timeout: 1_000, retryCount: 1 } as const;
const orders = 'kv:orders:rw';
const tokens = [orders, `net:api.example.com:443`];
enum Limits {
  Compute = 50,
}
const options = { ...shared, computeMs: Limits.Compute, retryCount: 3 } satisfies object;
/** Reads constants. */
export const constants = tool({ ...options, tokens: [...tokens, 'kv:orders:rw', 'llm:openai:gpt-4o'], memoryMiB: (32 as number) }, () => null);
