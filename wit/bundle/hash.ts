/** The one hash of bundles, components and templates. */
import { blake3 } from '@noble/hashes/blake3.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** BLAKE3 of the bytes: 64 hexadecimal digits, lower case. */
export function hashBytes(bytes: Uint8Array): string {
  return bytesToHex(blake3(bytes));
}
