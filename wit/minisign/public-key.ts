/** Public keys: base64 of "Ed", the key's id (8 bytes, little-endian) and the Ed25519 key (32). */
import { publicKeyInvalid } from './errors.ts';
import {
  algorithmBytes,
  algorithmText,
  checkComment,
  keyIdBytes,
  keyIdText,
  keyTextBytesMax,
  printBase64,
  readBase64,
  readComment,
  readLines,
  untrustedCommentBytesMax,
  untrustedPrefix,
} from './text.ts';

/** A public key. */
export interface PublicKey {
  /** 16 hexadecimal digits in upper case. A name, not a fingerprint: whoever makes a key chooses it. */
  readonly keyId: string;
  /** The 32 bytes of Ed25519. */
  readonly bytes: Uint8Array;
}

const algorithm = 'Ed';
const size = 2 + 8 + 32;

/**
 * Points of order 1, 2, 4 and 8, the sign bit aside: under such a key a signature of one message fits others, too. libsodium
 * refuses them when it verifies (`ge25519_has_small_order`), OpenSSL only of late; here none becomes a key.
 */
const weakPoints: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/**
 * Reads the text of a `.pub` file, or the one line of base64 in it. `shown`: where it is from, for messages.
 * @throws {CodedError} `KEY_INVALID`.
 */
export function parsePublicKey(text: string, shown?: string): PublicKey {
  const refuse = (state: string) => publicKeyInvalid(shown, state);
  const line = text.startsWith(untrustedPrefix) ? keyLine(text, refuse) : text;
  const bytes = readBase64(line, size, refuse);
  if (algorithmText(bytes.subarray(0, 2)) !== algorithm) throw refuse('it is not a key of Ed25519');
  const key = bytes.slice(10);
  if (isWeak(key)) throw refuse('it is one of the weak points of Ed25519, under which anybody can sign');
  return { keyId: keyIdText(bytes.subarray(2, 10)), bytes: key };
}

function keyLine(text: string, refuse: Parameters<typeof readLines>[2]): string {
  const [comment = '', line = ''] = readLines(text, { count: 2, bytesMax: keyTextBytesMax }, refuse);
  readComment(comment, { prefix: untrustedPrefix, bytesMax: untrustedCommentBytesMax }, refuse);
  return line;
}

function isWeak(key: Uint8Array): boolean {
  const point = Buffer.from(key);
  point[31] = (point[31] ?? 0) & 0x7f;
  return weakPoints.has(point.toString('hex'));
}

/** The text of a `.pub` file. @throws {CodedError} `KEY_INVALID` for a comment that could not be read again. */
export function printPublicKey(key: PublicKey, comment = `minisign public key ${key.keyId}`): string {
  checkComment(comment, untrustedCommentBytesMax, (state) => publicKeyInvalid(undefined, state));
  return `${untrustedPrefix}${comment}\n${publicKeyLine(key)}\n`;
}

/** The key as one line of base64, as `minisign -P` takes it. */
export function publicKeyLine({ keyId, bytes }: PublicKey): string {
  return printBase64(algorithmBytes(algorithm), keyIdBytes(keyId), bytes);
}
