import { aria, tool } from '@aria/sdk';

const mebibyte = 1024 * 1024;

@aria({ name: 'huge-output', version: '1.0.0', description: 'Returns more than a caller may get' })
export class HugeOutput {
  /** One text of more than 8 MiB. */
  @tool()
  longText(): string {
    return 'x'.repeat(8 * mebibyte + 1);
  }

  /** Characters that take six bytes each in JSON. */
  @tool()
  escapedText(): string {
    return '\u0001'.repeat(2 * mebibyte);
  }

  /** Bytes, more than 40 MiB together. */
  @tool({ memoryMiB: 256 })
  manyBytes(): { parts: Uint8Array[] } {
    return { parts: Array.from({ length: 41 }, () => new Uint8Array(mebibyte + 1)) };
  }

  /** More blobs than a turn may have. */
  @tool()
  manyBlobs(): { parts: Uint8Array[] } {
    return { parts: Array.from({ length: 1_025 }, () => new Uint8Array(1)) };
  }

  /** An error as long as an output. */
  @tool()
  longError(): never {
    throw new Error('x'.repeat(8 * mebibyte));
  }
}
