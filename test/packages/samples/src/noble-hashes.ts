import { tool } from '@aria/sdk';
import { blake2b } from '@noble/hashes/blake2.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { md5, ripemd160 } from '@noble/hashes/legacy.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

export const nobleHashes = tool({ description: 'SHA-2, SHA-3, BLAKE, RIPEMD, HMAC, HKDF, PBKDF2, scrypt' }, ({ text }: { text: string }) => {
  const bytes = utf8ToBytes(text);
  const hashes = [sha256(bytes), sha512(bytes), sha3_256(bytes), blake2b(bytes), blake3(bytes), md5(bytes), ripemd160(bytes)];
  const derived = [
    hmac(sha256, utf8ToBytes('key'), bytes),
    hkdf(sha256, bytes, utf8ToBytes('salt'), utf8ToBytes('info'), 42),
    pbkdf2(sha256, bytes, utf8ToBytes('salt'), { c: 20, dkLen: 32 }),
    scrypt(bytes, utf8ToBytes('salt'), { N: 16, r: 2, p: 1, dkLen: 32 }),
  ];
  return { hashes: hashes.map((hash) => bytesToHex(hash)), derived: derived.map((key) => bytesToHex(key)), streamed: bytesToHex(sha256.create().update(bytes.subarray(0, 3)).update(bytes.subarray(3)).digest()) };
});

export const inputs = [{ text: 'Grüße 😀' }, { text: 'a'.repeat(200) }];
