/** WebAssembly that is small and takes a compiler long, or much memory. */

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

function section(id: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([id, ...leb(content.length)]), content]);
}

/**
 * A module of equal functions: blocks that are left or not, each of which mixes three of many locals. Where they meet, every local that was changed
 * has several values, and the allocator of registers has to keep all of them apart.
 */
export function compileBomb(blocks: number, locals: number, count = 1): Uint8Array {
  const code = [...leb(1), ...leb(locals), 0x7f];
  for (let block = 0; block < blocks; block += 1) {
    const [left, middle, right] = [block, block * 7 + 3, block * 13 + 5].map((index) => leb(index % locals)) as [
      number[],
      number[],
      number[],
    ];
    // (block (br_if 0 (local.get left)) (local.set left (i32.mul (local.get middle) (local.get right))))
    code.push(0x02, 0x40, 0x20, ...left, 0x0d, 0x00, 0x20, ...middle, 0x20, ...right, 0x6c, 0x21, ...left, 0x0b);
  }
  code.push(0x0b);
  const sized = Buffer.from([...leb(code.length), ...code]);
  const bodies = Buffer.concat([Buffer.from(leb(count)), ...Array.from({ length: count }, () => sized)]);
  const magic = Buffer.from('0061736d01000000', 'hex');
  const types = section(1, Buffer.from([1, 0x60, 0, 0]));
  const functions = section(3, Buffer.from([...leb(count), ...Array.from({ length: count }, () => 0)]));
  return Buffer.concat([magic, types, functions, section(10, bodies)]);
}
