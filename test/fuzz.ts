/**
 * Seeded fuzzing. A case depends on the seed and its own index only, so that a failure is repeated by the line that it prints.
 * `ARIA_FUZZ_CASES` and `ARIA_FUZZ_SEED` change how many cases run and which.
 */
import * as fc from 'fast-check';

/** Cases of a fuzz test in the gate. */
const casesDefault = 10_000;
/** A fixed seed: the gate does not change its mind; the long run brings seeds of its own. */
const seedDefault = 20_260_101;

/** How many cases a fuzz test runs. */
export function fuzzCases(): number {
  return wholeNumber('ARIA_FUZZ_CASES', casesDefault);
}

/** The seed of this run, below 2^31. */
export function fuzzSeed(): number {
  return wholeNumber('ARIA_FUZZ_SEED', seedDefault) % 2 ** 31;
}

/** Long enough for any number of cases: a fuzz test ends by its cases, not by a clock. */
export const fuzzTimeoutMs = 60 * 60 * 1000;

function wholeNumber(name: string, absent: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return absent;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Error(`Cannot fuzz: ${name} is "${text}", not a whole number from 1 up`);
  return Number(text);
}

/** Numbers that look random and depend on the seed alone (sfc32, Chris Doty-Humphrey's). */
export class Random {
  readonly #state: Uint32Array;

  constructor(seed: number, stream = 0) {
    this.#state = Uint32Array.of(seed, stream, 0x9e3779b9, 1);
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    const [a = 0, b = 0, c = 0, counter = 0] = this.#state;
    const result = (a + b + counter) >>> 0;
    this.#state.set([b ^ (b >>> 9), c + (c << 3), ((c << 21) | (c >>> 11)) + result, counter + 1]);
    return result;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** True once in `count` times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** One of a list that is not empty. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** Characters of an alphabet. */
  text(length: number, alphabet: string): string {
    return Array.from({ length }, () => alphabet[this.below(alphabet.length)]).join('');
  }
}

/** Runs every case; one that throws fails the test with the line that repeats it. */
export async function fuzz(run: (random: Random, index: number) => void | Promise<void>): Promise<void> {
  const [cases, seed] = [fuzzCases(), fuzzSeed()];
  for (let index = 0; index < cases; index += 1) {
    try {
      await run(new Random(seed, index), index);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `Case ${index} failed; repeat with ARIA_FUZZ_SEED=${seed} ARIA_FUZZ_CASES=${index + 1}: ${text}`,
        { cause },
      );
    }
  }
}

/** Checks a fast-check property with the same seed and number of cases; fast-check prints the seed and the shrunk case. */
export function checkProperty<Values>(property: fc.IRawProperty<Values>): void | Promise<void> {
  return fc.assert(property as fc.IProperty<Values>, { seed: fuzzSeed(), numRuns: fuzzCases() });
}

/**
 * Changes a few bytes: flips, sets, inserts, removes, copies or cuts. Never returns the same bytes.
 * @returns a new array.
 */
export function mutate(random: Random, original: Uint8Array): Uint8Array {
  let bytes = Uint8Array.from(original);
  for (let left = 1 + random.below(4); left > 0 || sameBytes(bytes, original); left -= 1)
    bytes = mutateOnce(random, bytes);
  return bytes;
}

function mutateOnce(random: Random, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const changed = Uint8Array.from(bytes);
  const at = random.below(bytes.length + 1);
  const length = 1 + random.below(8);
  switch (random.below(7)) {
    case 0:
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
      return changed;
    case 1:
      changed[at] = random.pick([0, 1, 0x7f, 0x80, 0xff]);
      return changed;
    case 2:
      return joined(changed.subarray(0, at), random.bytes(length), changed.subarray(at));
    case 3:
      return joined(changed.subarray(0, at), changed.subarray(at + length));
    case 4:
      return changed.slice(0, at);
    case 5:
      changed.set(random.bytes(Math.min(length, changed.length - at)), at);
      return changed;
    default:
      changed.copyWithin(at, random.below(bytes.length + 1), random.below(bytes.length + 1));
      return changed;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
