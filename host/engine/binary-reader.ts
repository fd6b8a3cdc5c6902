/** Reads WebAssembly's binary format. Bytes are hostile: every length is checked against what is there. */
import { componentInvalid } from '../errors.ts';

const textDecoder = new TextDecoder('utf-8', { fatal: true });

/** A cursor over bytes. Every method throws `COMPONENT_INVALID` where the bytes end too early. */
export class BinaryReader {
  readonly bytes: Uint8Array;
  offset: number;
  readonly end: number;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  get atEnd(): boolean {
    return this.offset >= this.end;
  }

  byte(): number {
    const value = this.offset < this.end ? this.bytes[this.offset] : undefined;
    if (value === undefined) throw componentInvalid('its bytes end in the middle');
    this.offset += 1;
    return value;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw componentInvalid('a number has more than 32 bits');
  }

  take(length: number): Uint8Array {
    if (length > this.end - this.offset) throw componentInvalid('its bytes end in the middle');
    const start = this.offset;
    this.offset += length;
    return this.bytes.subarray(start, this.offset);
  }

  name(): string {
    const bytes = this.take(this.u32());
    try {
      return textDecoder.decode(bytes);
    } catch (cause) {
      throw componentInvalid('a name is not UTF-8', { cause });
    }
  }

  /** The next section: its id and a reader of its body. */
  section(): { readonly id: number; readonly body: BinaryReader; readonly start: number } {
    const start = this.offset;
    const id = this.byte();
    const length = this.u32();
    const offset = this.offset;
    this.take(length);
    return { id, start, body: new BinaryReader(this.bytes, offset, this.offset) };
  }
}

/** An unsigned LEB128 number. */
export function leb(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}
