/* ChaCha20 (RFC 8439) over the call's seed: the only randomness of a tool. Nonce 0, counter from 0; a seed is used for one call. */
#include <string.h>
#include "engine.h"

static uint32_t key[8], counter;
static uint8_t block[64];
static unsigned used = 64;

static uint32_t rotate(uint32_t value, int by) { return (value << by) | (value >> (32 - by)); }

#define QUARTER(a, b, c, d) \
  a += b; d = rotate(d ^ a, 16); c += d; b = rotate(b ^ c, 12); a += b; d = rotate(d ^ a, 8); c += d; b = rotate(b ^ c, 7)

static void next_block(void) {
  const uint32_t start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, key[0], key[1], key[2], key[3],
                               key[4], key[5], key[6], key[7], counter++, 0, 0, 0 };
  uint32_t x[16];
  memcpy(x, start, sizeof x);
  for (int round = 0; round < 10; round++) {
    QUARTER(x[0], x[4], x[8], x[12]); QUARTER(x[1], x[5], x[9], x[13]);
    QUARTER(x[2], x[6], x[10], x[14]); QUARTER(x[3], x[7], x[11], x[15]);
    QUARTER(x[0], x[5], x[10], x[15]); QUARTER(x[1], x[6], x[11], x[12]);
    QUARTER(x[2], x[7], x[8], x[13]); QUARTER(x[3], x[4], x[9], x[14]);
  }
  for (int i = 0; i < 16; i++) x[i] += start[i];
  memcpy(block, x, sizeof block);
  used = 0;
}

void random_seed(const uint8_t *seed, size_t length) {
  memset(key, 0, sizeof key);
  memset(block, 0, sizeof block);
  memcpy(key, seed, length < sizeof key ? length : sizeof key);
  counter = 0;
  used = sizeof block;
}

void random_bytes(uint8_t *out, size_t length) {
  while (length > 0) {
    if (used == sizeof block) next_block();
    size_t take = sizeof block - used < length ? sizeof block - used : length;
    memcpy(out, block + used, take);
    used += take, out += take, length -= take;
  }
}

/* 53 bits, as Math.random has. */
double random_double(void) {
  uint64_t bits;
  random_bytes((uint8_t *)&bits, sizeof bits);
  return (double)(bits >> 11) * 0x1p-53;
}
