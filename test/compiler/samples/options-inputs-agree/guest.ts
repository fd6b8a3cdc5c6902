import { tool } from '@aria/sdk';

/** Agrees with its types. */
export const agrees = tool(
  { inputs: { text: 'string', count: 'integer', data: 'bytes', tags: 'array', deep: 'object', on: 'boolean', free: 'any' }, outputs: { ok: 'boolean' } },
  (input: { text: string; count: number; data: Uint8Array; tags?: string[]; deep: { a: 1 }; on: boolean | null; free: string | number }) => ({ ok: input.on === true }),
);
