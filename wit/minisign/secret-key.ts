/** Secret keys in memory. The secret stays in the key object of OpenSSL, which neither logs nor JSON show. */
import { type KeyObject, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { PublicKey } from './public-key.ts';
import { keyIdText } from './text.ts';

/** Where randomness comes from: so many bytes that nobody can guess. */
export type RandomBytes = (length: number) => Uint8Array;

/** The header of an Ed25519 key in PKCS #8 (RFC 8410, section 7); the seed's 32 bytes follow. */
const privateHeader = Buffer.from('302e020100300506032b657004220420', 'hex');
/** The header of a public one in SPKI is as long as this; its 32 bytes follow. */
const publicHeaderBytes = 12;

/** A key that signs. */
export class SecretKey {
  readonly publicKey: PublicKey;
  readonly #key: KeyObject;

  /** `seed`: the 32 bytes that Ed25519 makes the key of; they are copied. */
  constructor(keyId: string, seed: Uint8Array) {
    const der = Buffer.concat([privateHeader, seed]);
    this.#key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    der.fill(0);
    const exported = createPublicKey(this.#key).export({ format: 'der', type: 'spki' });
    this.publicKey = { keyId, bytes: Uint8Array.from(exported.subarray(publicHeaderBytes)) };
  }

  /** The 64 bytes of a signature over these very bytes. */
  sign(bytes: Uint8Array): Uint8Array {
    return Uint8Array.from(sign(null, bytes, this.#key));
  }

  /** The secret as minisign keeps it: the seed and the public key, 64 bytes. Whoever takes it overwrites it after use. */
  secretBytes(): Uint8Array {
    const der = this.#key.export({ format: 'der', type: 'pkcs8' });
    const secret = Uint8Array.from([...der.subarray(privateHeader.length), ...this.publicKey.bytes]);
    der.fill(0);
    return secret;
  }
}

/** Makes a key. */
export function generateKeyPair(random: RandomBytes): SecretKey {
  const seed = random(32);
  const key = new SecretKey(keyIdText(random(8)), seed);
  seed.fill(0);
  return key;
}
