/** Components that attack whoever reads and compiles them: nesting, counts, sizes, types that double. */
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { type HostileGuest, done, guestOf } from './hostile-guest.ts';
import { changedGuest } from '../raw-guest.ts';

const preamble = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const invalid = 'COMPONENT_INVALID';
/** What is costly to compile is compiled in the end, or refused: in bounds either way. */
const bounded = ['done', invalid];

function unsigned(value: number): readonly number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low | 0x80, ...unsigned(Math.floor(value / 128))];
}

/** A component that holds a component, so many deep. */
function nested(depth: number): Uint8Array {
  // Built from the inside: each level is the preamble, the section's id and length, and what was there.
  const headers: (readonly number[])[] = [];
  let length = preamble.length;
  for (let level = 0; level < depth; level += 1) {
    const header = [...preamble, 0x04, ...unsigned(length)];
    headers.push(header);
    length += header.length;
  }
  return Uint8Array.from([...headers.toReversed().flat(), ...preamble]);
}

/** Puts a field before what the component of the raw guest has. */
function withFields(fields: string): Promise<Uint8Array> {
  return changedGuest((text) => text.replace('(component', `(component\n${fields}\n`).replace(/ \(;\d+;\)/g, ''));
}

function repeated(count: number, text: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => text(index)).join('\n');
}

const shapeGuests: readonly HostileGuest[] = [
  ...[9, 100, 20_000].map((depth): HostileGuest => ({
    tries: `components that nest ${depth} deep`,
    component: () => nested(depth),
    ends: invalid,
  })),
  {
    tries: 'a thousand imports',
    component: () =>
      parse(`(component ${repeated(1_000, (index) => `(import "aria:host/${letters(index)}@0.1.0" (instance))`)})`),
    ends: invalid,
  },
  {
    tries: 'a thousand imports of its core module',
    component: () =>
      parse(
        `(component (core module ${repeated(1_000, (index) => `(import "a" "${index}" (func))`)})
          (core module ${repeated(1_000, (index) => `(func (export "${index}"))`)}))`,
      ),
    ends: invalid,
  },
  {
    tries: 'ten thousand core modules',
    component: () =>
      Uint8Array.from([
        ...preamble,
        ...Array.from({ length: 10_000 }, () => [0x01, 0x08, 0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]).flat(),
      ]),
    ends: invalid,
  },
  {
    tries: 'a section that says it has 4 GiB',
    component: () => Uint8Array.from([...preamble, 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f]),
    ends: invalid,
  },
  {
    tries: 'a section that says it has 4 billion imports',
    component: () => Uint8Array.from([...preamble, 0x0a, 0x05, 0xff, 0xff, 0xff, 0xff, 0x0f]),
    ends: invalid,
  },
  {
    tries: 'compiled code in the place of a component',
    // The head of what wasmtime writes: ELF, 64 bits, little-endian, for no system.
    component: () => Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 200, ...Array.from({ length: 120 }, () => 0)]),
    ends: invalid,
  },
  {
    tries: 'a type that doubles forty times',
    component: () =>
      withFields(
        `(type $t0 (tuple u8 u8)) ${repeated(40, (index) => `(type $t${index + 1} (tuple $t${index} $t${index}))`)}`,
      ),
    ends: invalid,
  },
  {
    tries: 'an instance type that doubles forty times',
    component: () =>
      withFields(
        `(type $i0 (instance (export "a" (func)) (export "b" (func))))
        ${repeated(40, (index) => `(type $i${index + 1} (instance (export "a" (instance (type $i${index}))) (export "b" (instance (type $i${index})))))`)}`,
      ),
    ends: invalid,
  },
  {
    tries: 'a component that instantiates another twice, forty times over',
    component: () =>
      withFields(
        `(component $c0 (core module $m) (core instance (instantiate $m)))
        ${repeated(40, (index) => `(component $c${index + 1} (alias outer 1 $c${index} (component $x)) (instance (instantiate $x)) (instance (instantiate $x)))`)}
        (instance (instantiate $c40))`,
      ),
    ends: invalid,
  },
];

/** A distinct name of letters. */
function letters(index: number): string {
  return Array.from(String(index + 1_000), (digit) => 'abcdefghij'[Number(digit)] ?? '').join('');
}

const compileGuests: readonly HostileGuest[] = [
  {
    tries: 'ten thousand functions',
    component: () => guestOf({ fields: repeated(10_000, () => '(func (result i32) i32.const 7 i32.const 9 i32.mul)') }),
    ends: bounded,
  },
  {
    tries: 'four thousand types',
    component: () =>
      guestOf({
        fields: repeated(4_000, (index) => {
          const bits = Array.from({ length: 15 }, (_, bit) => ((index >> bit) & 1 ? 'i32' : 'i64')).join(' ');
          return `(type (func (param ${bits})))`;
        }),
      }),
    ends: bounded,
  },
  {
    tries: 'blocks that nest ten thousand deep',
    component: () => guestOf({ fields: `(func (export "deep") ${'block '.repeat(10_000)} ${'end '.repeat(10_000)})` }),
    ends: bounded,
  },
  {
    tries: 'a jump table with sixty thousand ways out of a thousand blocks',
    component: () =>
      guestOf({
        fields: `(func (param i32) ${'block '.repeat(1_000)} local.get 0 br_table ${repeated(60_000, (index) => String(index % 1_000))} 0 ${'end '.repeat(1_000)})`,
      }),
    ends: bounded,
  },
  {
    tries: 'a function of two thousand values that are all alive',
    component: () =>
      guestOf({
        fields: `(func (param i32) (result i32) ${repeated(2_000, (index) => `local.get 0 i32.load offset=${index}`)} ${'i32.xor '.repeat(1_999)})`,
      }),
    ends: bounded,
  },
  {
    tries: 'forty thousand locals',
    component: () =>
      guestOf({
        fields: `(func (export "many") ${'(local i64) '.repeat(40_000)} (local.set 39999 (i64.const 1)) (call $atEnd)) (func $atEnd)`,
        begin: done(),
      }),
    ends: bounded,
  },
];

export const binaryGuests: readonly HostileGuest[] = [...shapeGuests, ...compileGuests];
