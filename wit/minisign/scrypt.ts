/** Passwords to keys, as libsodium's `crypto_pwhash_scryptsalsa208sha256` does, which minisign uses. */
import { type ScryptOptions, scrypt } from 'node:crypto';
import { derivationFailed } from './errors.ts';

/** What a derivation may cost, in libsodium's terms. */
export interface ScryptLimits {
  /** Calls of the core of Salsa20/8. */
  readonly operations: bigint;
  /** Bytes. */
  readonly memory: bigint;
}

/** What minisign writes: about three seconds and 1 GiB. More is never read, so that a key file cannot take a machine down. */
export const scryptSensitive: ScryptLimits = { operations: 33_554_432n, memory: 1_073_741_824n };

/** scrypt's own numbers (RFC 7914). */
export interface ScryptParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const r = 8;
const operationsMin = 32_768n;

/** The parameters that libsodium picks (`pickparams` in `pwhash_scryptsalsa208sha256.c`). */
export function scryptParameters(limits: ScryptLimits): ScryptParameters {
  const operations = limits.operations < operationsMin ? operationsMin : limits.operations;
  const size = BigInt(r);
  if (operations < limits.memory / 32n) return { N: costOf(operations / (size * 4n)), r, p: 1 };
  const N = costOf(limits.memory / (size * 128n));
  return { N, r, p: Number(operations / 4n / BigInt(N) / size) };
}

/** The smallest power of two, from 2, that is more than half of the maximum. */
function costOf(max: bigint): number {
  let cost = 2n;
  while (cost <= max / 2n) cost *= 2n;
  return Number(cost);
}

/** So many bytes of a password. @throws {CodedError} `MEMORY_EXCEEDED`. */
export function deriveBytes(
  password: string,
  salt: Uint8Array,
  { limits, length }: { readonly limits: ScryptLimits; readonly length: number },
): Promise<Buffer> {
  const { N, p } = scryptParameters(limits);
  const maxmem = 128 * r * (N + p + 8);
  const options: ScryptOptions = { N, r, p, maxmem };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => {
      if (error) reject(derivationFailed(maxmem, error));
      else resolve(key);
    });
  });
}
