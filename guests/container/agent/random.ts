/**
 * ChaCha20 (RFC 8439) over the call's seed: nonce 0, counter from 0, the very stream of guests/engine/native/random.c, so that a seed gives the same
 * numbers on both substrates.
 */

const constants = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
const blockBytes = 64;

const state = new Uint32Array(16);
const working = new Uint32Array(16);
const block = new Uint8Array(blockBytes);
const eight = new Uint8Array(8);
let used = blockBytes;

/** Begins the stream of a seed of 32 bytes. */
export function seedRandom(seed: Uint8Array): void {
  for (let word = 0; word < 4; word += 1) state[word] = constants[word] ?? 0;
  for (let word = 0; word < 8; word += 1) {
    const at = word * 4;
    state[4 + word] =
      (seed[at] ?? 0) | ((seed[at + 1] ?? 0) << 8) | ((seed[at + 2] ?? 0) << 16) | ((seed[at + 3] ?? 0) << 24);
  }
  for (let word = 12; word < 16; word += 1) state[word] = 0;
  used = blockBytes;
}

/** Fills a view with what comes next. */
export function randomBytes(out: Uint8Array): void {
  for (let place = 0; place < out.length; place += 1) {
    if (used === blockBytes) nextBlock();
    out[place] = block[used] ?? 0;
    used += 1;
  }
}

/** 53 bits, as `Math.random` has. */
export function randomNumber(): number {
  randomBytes(eight);
  const low = wordAt(eight, 0);
  const high = wordAt(eight, 4);
  // The upper 53 of 64 bits, little-endian.
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0
  );
}

function nextBlock(): void {
  working.set(state);
  for (let round = 0; round < 10; round += 1) {
    quarter(0, 4, 8, 12);
    quarter(1, 5, 9, 13);
    quarter(2, 6, 10, 14);
    quarter(3, 7, 11, 15);
    quarter(0, 5, 10, 15);
    quarter(1, 6, 11, 12);
    quarter(2, 7, 8, 13);
    quarter(3, 4, 9, 14);
  }
  for (let word = 0; word < 16; word += 1) {
    const sum = ((working[word] ?? 0) + (state[word] ?? 0)) >>> 0;
    block[word * 4] = sum & 0xff;
    block[word * 4 + 1] = (sum >>> 8) & 0xff;
    block[word * 4 + 2] = (sum >>> 16) & 0xff;
    block[word * 4 + 3] = sum >>> 24;
  }
  state[12] = ((state[12] ?? 0) + 1) >>> 0;
  used = 0;
}

// Four words of one state: a list of them would be made eighty times for each block.
// oxlint-disable-next-line max-params
function quarter(a: number, b: number, c: number, d: number): void {
  step(a, b, d, 16);
  step(c, d, b, 12);
  step(a, b, d, 8);
  step(c, d, b, 7);
}

/** `a += b; d = rotate(d ^ a, by)`. */
// oxlint-disable-next-line max-params
function step(a: number, b: number, d: number, by: number): void {
  const sum = ((working[a] ?? 0) + (working[b] ?? 0)) >>> 0;
  const mixed = (working[d] ?? 0) ^ sum;
  working[a] = sum;
  working[d] = (mixed << by) | (mixed >>> (32 - by));
}
