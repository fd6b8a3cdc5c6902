/** Other tools. */
import type { ToolValue } from './json.ts';
import { start } from './operations.ts';
import { decodeValue, encodeValue } from './wire-values.ts';

/** Other tools, by the tokens `tool:<name>:call`. A nested call never has more than its caller. */
export const tools = {
  /**
   * Calls a tool and gives its output; bytes stand as `Uint8Array` on both ways. The type of the output is the caller's promise.
   * The error of a failed tool is an `OperationError` with that tool's code and details.
   * @example
   * const { total } = await tools.call<{ total: number }>('sumLines', { lines: [1, 2] });
   */
  async call<T = ToolValue>(name: string, input: unknown): Promise<T> {
    const blobs: Uint8Array[] = [];
    const json = JSON.stringify(encodeValue(input, (bytes) => blobs.push(bytes) - 1)) ?? 'null';
    const output = await start('tools.call', name, { json, blobs });
    return decodeValue(JSON.parse(output.json), output.blobs) as T;
  },
} as const;
