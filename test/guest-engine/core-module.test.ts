import { describe, expect, test } from 'vitest';
import { readSections, withMemory, writeSections } from '../../guests/engine/component/core-module.ts';
import { packImage, unpackImage } from '../../guests/engine/template.ts';
import { Random, fuzzSeed } from '../fuzz.ts';

/** (module (memory (export "memory") 1 1) (data …)) as a host for images: memory and data sections, one export. */
const base = Uint8Array.of(
  0,
  0x61,
  0x73,
  0x6d,
  1,
  0,
  0,
  0, // header
  5,
  4,
  1,
  1,
  1,
  1, // memory 1..1
  7,
  10,
  1,
  6,
  0x6d,
  0x65,
  0x6d,
  0x6f,
  0x72,
  0x79,
  2,
  0, // export "memory"
  11,
  1,
  0, // no data
);

function memoryAfter(module: Uint8Array): Uint8Array {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module as Uint8Array<ArrayBuffer>));
  return new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer);
}

describe('a memory written back into a module', () => {
  test('is the memory of a fresh instance, byte for byte, wherever the bytes lie', () => {
    for (let index = 0; index < 300; index += 1) {
      const random = new Random(fuzzSeed(), index);
      const memory = new Uint8Array(65_536 * (1 + random.below(3)));
      const runs = random.below(40);
      for (let run = 0; run < runs; run += 1) {
        const at = random.below(memory.length);
        const length = Math.min(memory.length - at, 1 + random.below(300));
        for (let index = 0; index < length; index += 1)
          memory[at + index] = random.below(4) === 0 ? 0 : random.below(256);
      }
      memory[memory.length - 1] = random.below(2);
      const module = writeSections(withMemory(readSections(base), memory, memory.length + 65_536));
      expect(Buffer.compare(memoryAfter(module), memory)).toBe(0);
      expect(Buffer.compare(unpackImage(packImage(memory)), memory)).toBe(0);
    }
  });
  test('cannot grow beyond the maximum that was asked for', () => {
    const module = writeSections(withMemory(readSections(base), new Uint8Array(65_536), 3 * 65_536));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module as Uint8Array<ArrayBuffer>));
    const memory = exports['memory'] as WebAssembly.Memory;
    expect(memory.grow(2)).toBe(1);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });
});

test('a module that is cut short is refused, never read past its end', () => {
  for (let length = 9; length < base.length; length += 1) {
    const cut = base.subarray(0, length);
    const atSectionEnd = length === 14 || length === 26;
    if (atSectionEnd) expect(() => readSections(cut)).not.toThrow();
    else expect(() => readSections(cut)).toThrow(RangeError);
  }
});
