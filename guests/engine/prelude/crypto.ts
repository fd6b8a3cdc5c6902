/** The parts of https://w3c.github.io/webcrypto/ that need no keys; randomness is the call's, so that a call can be replayed. */
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { native } from '../../sdk/native.ts';
import { viewOf } from './encoding.ts';

type Algorithm = string | { readonly name: string };

const randomBytesMax = 65_536;
const hashes: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  'SHA-1': sha1,
  'SHA-256': sha256,
  'SHA-384': sha384,
  'SHA-512': sha512,
};

class SubtleCrypto {
  async digest(algorithm: Algorithm, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer> {
    const name = `${typeof algorithm === 'object' && algorithm !== null ? algorithm.name : algorithm}`.toUpperCase();
    const hash = Object.hasOwn(hashes, name) ? hashes[name] : undefined;
    if (hash === undefined) throw new DOMException('Unrecognized algorithm name', 'NotSupportedError');
    return hash(viewOf(data)).slice().buffer as ArrayBuffer;
  }
}

class Crypto {
  readonly #subtle = new SubtleCrypto();

  get subtle(): SubtleCrypto {
    return this.#subtle;
  }

  getRandomValues<View extends ArrayBufferView>(view: View): View {
    const name = Object.prototype.toString.call(view);
    if (!ArrayBuffer.isView(view) || !/\b(Big)?(Int|Uint)(8|16|32|64)(Clamped)?Array\]$/.test(name)) {
      throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    }
    if (view.byteLength > randomBytesMax) {
      throw new DOMException(`The requested length exceeds ${randomBytesMax} bytes`, 'QuotaExceededError');
    }
    native().randomBytes(viewOf(view));
    return view;
  }

  /** Version 4, RFC 9562. */
  randomUUID(): string {
    const bytes = new Uint8Array(16);
    native().randomBytes(bytes);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}

export const crypto = new Crypto();
