/**
 * Keeps what a top level has read of clock and randomness out of a snapshot, where it would be one and the same in every call. A tool is
 * loaded at other times and with other seeds, and the memories are compared: what is freed is cleared while a tool is built, so that the
 * same memory means the same state. Most of what is read is not kept at all.
 */
import { type BuildExports, writeBytes } from './build-instance.ts';

/** The engine's stack lies first (link step). What calls have left there is of no use, and no state. */
const stackBytes = 512 * 1024;
const wordBytes = 8;

/** Other times, different in every part of a date, and other seeds than those that a tool is built with. */
const variations = [
  { nowMs: Date.UTC(2027, 5, 16, 13, 37, 21, 123), seedByte: 0x5a },
  { nowMs: Date.UTC(2038, 10, 8, 21, 8, 44, 457), seedByte: 0xc3 },
  { nowMs: Date.UTC(2051, 2, 25, 7, 54, 3, 892), seedByte: 0x17 },
] as const;

/** The memory of an instance that is given up. */
export function memoryOf({ memory }: BuildExports): Uint8Array {
  return new Uint8Array(memory.buffer).slice().fill(0, 0, stackBytes);
}

/**
 * The memory of a loaded tool in which nothing varies, or all that does is times as they were read, which each call sets anew; `undefined`
 * where something else has come of them.
 * @param loaded What the tool's memory is where the clock shows 0.
 */
export function withoutVarying(
  loaded: Uint8Array,
  bytecode: Uint8Array,
  enter: () => BuildExports,
): Uint8Array | undefined {
  const varied = variations.map(({ nowMs, seedByte }) => {
    const exports = enter();
    exports.vary(nowMs, seedByte);
    const failed = exports.load(writeBytes(exports, bytecode), bytecode.length) !== 0;
    return { exports, failed, memory: memoryOf(exports), value: BigInt.asUintN(64, exports.clock_value(nowMs)) };
  });
  const [first, ...others] = varied;
  if (first === undefined || varied.some(({ failed }) => failed)) return undefined;
  if (varied.every(({ memory }) => Buffer.compare(memory, loaded) === 0)) return loaded;
  const words = clockWords(first, others);
  if (words === undefined || words.some((word) => first.exports.keep_clock(word * wordBytes) === 0)) return undefined;
  return memoryOf(first.exports);
}

interface Varied {
  readonly memory: Uint8Array;
  /** Its time, as a word of memory. */
  readonly value: bigint;
}

/** The words that differ, if each of them is the time in each of the memories. */
function clockWords(first: Varied, others: readonly Varied[]): readonly number[] | undefined {
  const found = new Set<number>();
  const words = wordsOf(first);
  for (const other of others) {
    const otherWords = wordsOf(other);
    if (otherWords.length !== words.length) return undefined;
    for (let index = 0; index < words.length; index += 1) {
      if (words[index] === otherWords[index]) continue;
      if (words[index] !== first.value || otherWords[index] !== other.value) return undefined;
      found.add(index);
    }
  }
  return [...found];
}

function wordsOf({ memory }: Varied): BigUint64Array {
  return new BigUint64Array(memory.buffer, memory.byteOffset, memory.length / wordBytes);
}
