/** Guests that lie to the host about what lies in their memory: allocations, lengths, texts, cases of variants. */
import { expect } from 'vitest';
import { type GuestParts, type HostileGuest, done, guestOf, turnAt, waiting, word } from './hostile-guest.ts';

const trapped = 'TOOL_TRAPPED';
/** Read before it is copied, a length may be found too large before it is found outside. */
const lied = [trapped, 'VALUE_TOO_LARGE'];
/** jco reads what it can where the canonical ABI traps: harmless, since it reads the guest's own memory. */
const overlooked = [trapped, 'done'];

interface Lie extends GuestParts {
  readonly tries: string;
  readonly ends?: HostileGuest['ends'];
}

function lies(list: readonly Lie[], more: Partial<HostileGuest> = {}): readonly HostileGuest[] {
  return list.map(({ tries, ends = trapped, ...parts }) => ({ tries, component: () => guestOf(parts), ends, ...more }));
}

/** The host asks for room for an input of 5 bytes, a list of two blobs, and a seed. */
const allocatorGuests = lies(
  [
    { tries: 'an allocator that gives memory outside', realloc: '(i32.const 2147483632)' },
    { tries: 'an allocator that gives the last address', realloc: '(i32.const -8)' },
    { tries: 'an allocator that gives memory whose end lies outside', realloc: '(i32.const 131064)' },
    {
      tries: 'an allocator that gives memory that is not aligned',
      // Not for bytes, which may lie anywhere.
      realloc: '(i32.add (i32.const 32768) (i32.gt_u (local.get 2) (i32.const 1)))',
      ends: overlooked,
    },
    { tries: 'an allocator that gives the same memory for everything', realloc: '(i32.const 32768)', ends: 'done' },
    { tries: "an allocator that gives the host its turn's memory", realloc: `(i32.const ${turnAt})`, ends: 'done' },
    { tries: 'an allocator that traps', realloc: 'unreachable', ends: [trapped, 'MEMORY_EXCEEDED'] },
    {
      tries: 'an allocator that grows memory under the host',
      realloc: '(drop (memory.grow (i32.const 1))) (i32.const 32768)',
      ends: 'done',
    },
    {
      tries: 'an allocator that starts operations',
      realloc: '(drop (call $sleep (f64.const 1))) (i32.const 32768)',
      begin: waiting,
      ends: [...overlooked, 'MEMORY_EXCEEDED'],
    },
    {
      tries: 'an allocator that logs',
      realloc:
        '(call $log (i32.const 1) (i32.const 16) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 32768)',
      ends: [...overlooked, 'MEMORY_EXCEEDED'],
    },
    {
      tries: 'an allocator that gives the memory free that the host writes to',
      realloc: '(memory.fill (i32.const 0) (i32.const 255) (i32.const 65536)) (i32.const 32768)',
      begin: `${word(0, 0)} ${word(4, 0)} ${word(8, 0)} ${word(48, 0)} ${word(52, 0)} (return (i32.const ${turnAt}))`,
      ends: 'done',
    },
  ],
  { start: { blobs: [new Uint8Array(3), new Uint8Array(5)] } },
);

const foreverAllocator: HostileGuest = {
  tries: 'an allocator that loops',
  component: () => guestOf({ realloc: '(loop $forever (br $forever)) unreachable' }),
  ends: 'DEADLINE_EXCEEDED',
  limits: { computeMsMax: 50 },
};

/** A completion is brought in while the guest runs. */
const completionAllocator: HostileGuest = {
  tries: 'an allocator that gives memory outside for a completion',
  component: () =>
    guestOf({
      begin: `(drop (call $keys ${'(i32.const 32) (i32.const 1) '.repeat(2)}(i32.const 0) (i32.const 0) (i32.const 0) (i32.const 10))) ${waiting}`,
      realloc: '(i32.const 32768)',
      resume: done(16, 1_000_000),
    }),
  ends: lied,
};

const lengthGuests = lies([
  { tries: 'an output of 2 GiB', begin: done(16, 0x7fff_ffff), ends: lied },
  { tries: 'an output of 4 GiB', begin: done(16, 0xffff_ffff), ends: lied },
  { tries: 'an output whose end wraps to its beginning', begin: done(0xffff_fff0, 32) },
  { tries: 'an output that begins outside', begin: done(131_072, 1) },
  { tries: 'an empty output outside', begin: done(131_073, 0) },
  { tries: 'a turn at an address that is not aligned', begin: `(return (i32.const ${turnAt + 1}))`, ends: overlooked },
  { tries: 'a turn whose end lies outside', begin: '(return (i32.const 131060))' },
  { tries: 'a list of 4 billion blobs', begin: `${word(48, 16)} ${word(52, 0xffff_ffff)} ${done()}`, ends: lied },
  // 8 bytes each: the product wraps to 0.
  {
    tries: 'a list whose size wraps to nothing',
    begin: `${word(48, 16)} ${word(52, 0x2000_0000)} ${done()}`,
    ends: lied,
  },
  { tries: 'a list of blobs that is not aligned', begin: `${word(48, 2049)} ${word(52, 1)} ${done()}` },
  {
    tries: 'a blob of 4 GiB',
    begin: `${word(48, 2048)} ${word(52, 1)} ${word(1028, 0xffff_ffff)} ${done()}`,
    ends: lied,
  },
  {
    tries: 'a blob whose end wraps',
    begin: `${word(48, 2048)} ${word(52, 1)} ${word(1024, 0xffff_fff0)} ${word(1028, 32)} ${done()}`,
    ends: overlooked,
  },
  {
    tries: 'an operation whose argument is 4 GiB',
    begin: `(drop (call $get (i32.const 32) (i32.const -1) (i32.const 40) (i32.const 1))) ${waiting}`,
    ends: lied,
  },
  {
    tries: 'an operation whose argument wraps',
    begin: `(drop (call $get (i32.const -16) (i32.const 32) (i32.const 40) (i32.const 1))) ${waiting}`,
  },
  {
    tries: 'log fields outside its memory',
    begin: `(call $log (i32.const 1) (i32.const 16) (i32.const 2) (i32.const 1) (i32.const 131072) (i32.const 8)) ${done()}`,
  },
  {
    tries: 'a completion written outside its memory',
    begin: `(drop (call $sleep (f64.const 1))) ${waiting}`,
    resume: `(call $completeSleep (i32.const 1) (i32.const 131072)) ${done()}`,
  },
  {
    tries: 'a completion written where it is not aligned',
    begin: `(drop (call $sleep (f64.const 1))) ${waiting}`,
    resume: `(call $completeSleep (i32.const 1) (i32.const 2049)) ${done()}`,
    ends: overlooked,
  },
]);

/** Bytes that are no UTF-8, as text of WAT: alone, cut off, too long for what they say, half of a pair, beyond the last. */
const noText: Readonly<Record<string, readonly [text: string, length: number]>> = {
  'a byte that begins nothing': ['\\ff', 1],
  'a sequence that is cut off': ['\\e2\\82', 2],
  'an overlong sequence': ['\\c0\\80', 2],
  'half of a pair': ['\\ed\\a0\\80', 3],
  'a character beyond the last': ['\\f4\\90\\80\\80', 4],
};

const at = 4096;
const none = '(i32.const 0) (i32.const 0) (i32.const 0)';
/** Where a text may stand: what the guest does with one of some length at `at`. */
const places: Readonly<Record<string, (length: number) => string>> = {
  'an output': (length) => done(at, length),
  'a log line': (length) => `(call $log (i32.const 1) (i32.const ${at}) (i32.const ${length}) ${none}) ${done()}`,
  'log fields': (length) =>
    `(call $log (i32.const 1) (i32.const 16) (i32.const 2) (i32.const 1) (i32.const ${at}) (i32.const ${length})) ${done()}`,
  'an argument': (length) =>
    `(drop (call $get (i32.const 32) (i32.const 1) (i32.const ${at}) (i32.const ${length}))) ${waiting}`,
  'the code of an error': (length) => failed(word(4, at) + word(8, length)),
  'the details of an error': (length) => failed(word(24, 1) + word(28, at) + word(32, length)),
};

function failed(more: string): string {
  return `${word(0, 1)} ${word(4, 16)} ${word(8, 2)} ${word(12, 16)} ${word(16, 2)} ${more} (return (i32.const ${turnAt}))`;
}

const textGuests = lies([
  ...Object.entries(noText).map(([what, [text, length]]) => ({
    tries: `${what} as an output`,
    fields: `(data (i32.const ${at}) "${text}")`,
    begin: done(at, length),
  })),
  ...Object.entries(places).map(([where, say]) => ({
    tries: `bytes that are no text as ${where}`,
    fields: `(data (i32.const ${at}) "a\\ff")`,
    begin: say(2),
  })),
]);

const caseGuests: readonly HostileGuest[] = [
  ...lies([
    { tries: 'an outcome that does not exist', begin: `${word(0, 3)} (return (i32.const ${turnAt}))` },
    { tries: 'details that are neither there nor not', begin: failed(word(24, 2)) },
    { tries: 'a stack that is neither there nor not', begin: failed(word(36, 255)) },
    {
      tries: 'a log level that does not exist',
      begin: `(call $log (i32.const 4) (i32.const 16) (i32.const 2) ${none}) ${done()}`,
    },
    {
      tries: 'a negative log level',
      begin: `(call $log (i32.const -1) (i32.const 16) (i32.const 2) ${none}) ${done()}`,
    },
    {
      tries: 'log fields that are neither there nor not',
      begin: `(call $log (i32.const 1) (i32.const 16) (i32.const 2) (i32.const 2) (i32.const 16) (i32.const 2)) ${done()}`,
    },
    {
      tries: 'an option of an argument that is neither there nor not',
      begin: `(drop (call $compareAndSet (i32.const 32) (i32.const 1) (i32.const 40) (i32.const 1) (i32.const 7) (i32.const 0) (i32.const 0))) ${waiting}`,
    },
    {
      tries: 'an option of an argument that names a blob which is not there',
      begin: `(drop (call $compareAndSet (i32.const 32) (i32.const 1) (i32.const 40) (i32.const 1) (i32.const 1) (i32.const -1) (i32.const 0))) ${waiting}`,
    },
    {
      tries: 'a value that is the 1,024th blob of none',
      begin: `(drop (call $set (i32.const 32) (i32.const 1) (i32.const 40) (i32.const 1) (i32.const 1023))) ${waiting}`,
    },
  ]),
  {
    tries: 'a bool that is 255',
    component: () => guestOf({ begin: failed(word(20, 255)) }),
    ends: ['failed', trapped],
  },
  {
    tries: 'a text that begins with a byte order mark',
    component: () => guestOf({ fields: `(data (i32.const ${at}) "\\ef\\bb\\bfx")`, begin: done(at, 4) }),
    ends: 'done',
    prove: ([turn]) => expect(turn?.outcome).toMatchObject({ output: '\ufeffx' }),
  },
  {
    tries: 'sleeping for no number at all',
    component: () =>
      guestOf({
        begin: `(drop (call $sleep (f64.const nan:0x4000000000001))) (drop (call $sleep (f64.const -inf))) (drop (call $sleep (f64.const -0.5))) ${waiting}`,
      }),
    ends: 'done',
    prove: ([turn]) => expect(turn?.operations.map(({ args }) => args)).toEqual([[Number.NaN], [-Infinity], [-0.5]]),
  },
];

export const allocationGuests: readonly HostileGuest[] = [...allocatorGuests, foreverAllocator, completionAllocator];
export const valueGuests: readonly HostileGuest[] = [...lengthGuests, ...textGuests, ...caseGuests];
