/**
 * Ids of grants for those outside. The scheduler numbers its grants, and whoever can count could renew and release those of others: here an id has
 * a code behind it that only this host can make. Its key outlives the host, as leases do.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Bytes of the code: nobody guesses 128 bits. */
const codeBytes = 16;

/** Seals and opens. */
export class GrantSeal {
  readonly #key: Uint8Array;

  /** `key`: 32 random bytes that nobody else has. */
  constructor(key: Uint8Array) {
    if (key.length < 32) throw new RangeError(`the key has ${key.length} bytes, and needs 32`);
    this.#key = key;
  }

  /** The id for those outside. */
  seal(id: string): string {
    return `${id}.${this.#codeOf(id).toString('base64url')}`;
  }

  /** The scheduler's id; nothing for one that was never sealed here. */
  open(sealed: string): string | undefined {
    const dot = sealed.lastIndexOf('.');
    const code = Buffer.from(sealed.slice(dot + 1), 'base64url');
    const id = sealed.slice(0, Math.max(0, dot));
    // Base64 has several spellings of the same bytes: only the one that was given out counts.
    return code.length === codeBytes && timingSafeEqual(code, this.#codeOf(id)) && this.seal(id) === sealed
      ? id
      : undefined;
  }

  #codeOf(id: string): Buffer {
    return createHmac('sha256', this.#key).update(id).digest().subarray(0, codeBytes);
  }
}
