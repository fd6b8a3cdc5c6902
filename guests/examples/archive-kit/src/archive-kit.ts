import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { aria, tool, ToolError } from '@aria/sdk';

@aria({ name: 'archive-kit', version: '0.1.0', description: 'Packs and unpacks bytes with Brotli' })
export class ArchiveKit {}

const resources = { cpus: 0.5, processes: 32 } as const;

interface PackInput {
  readonly data: Uint8Array;
  /**
   * How hard it tries, 11 by default.
   * @integer
   * @minimum 0
   * @maximum 11
   */
  readonly quality?: number;
}

/** Packs bytes with Brotli. */
export const pack = tool(
  { effect: 'pure', memoryMiB: 128, resources },
  ({ data, quality = 11 }: PackInput): { packed: Uint8Array } => ({
    packed: brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
  }),
);

interface UnpackInput {
  readonly packed: Uint8Array;
  /**
   * More bytes than this are refused.
   * @integer
   * @minimum 1
   * @maximum 16777216
   */
  readonly bytesMax: number;
}

/** Unpacks what Brotli packed. */
export const unpack = tool(
  { effect: 'pure', memoryMiB: 128, resources },
  ({ packed, bytesMax }: UnpackInput): { data: Uint8Array } => {
    try {
      return { data: brotliDecompressSync(packed, { maxOutputLength: bytesMax }) };
    } catch (error) {
      throw new ToolError('UNPACK_FAILED', `Cannot unpack: ${error instanceof Error ? error.message : String(error)}`);
    }
  },
);

/** Says which share of the bytes was saved. */
export const saving = tool(
  { effect: 'pure' },
  ({ before, after }: { before: number; after: number }): { share: number } => ({
    share: before === 0 ? 0 : 1 - after / before,
  }),
);
