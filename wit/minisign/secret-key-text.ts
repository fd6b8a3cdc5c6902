/**
 * Secret keys as minisign keeps them: base64 of "Ed", "Sc" (scrypt) or two zero bytes (no password), "B2", a salt (32), scrypt's
 * limits (8 and 8, little-endian), and 104 bytes: the key's id (8), seed and public key (64), and a checksum (32), BLAKE2b-256 of
 * "Ed", id and key. With a password the 104 bytes are XORed with scrypt's output.
 */
import { timingSafeEqual } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { passwordMissing, passwordRefused, passwordWrong, secretKeyInvalid } from './errors.ts';
import { type ScryptLimits, deriveBytes, scryptSensitive } from './scrypt.ts';
import { type RandomBytes, SecretKey } from './secret-key.ts';
import {
  type Refuse,
  algorithmBytes,
  algorithmText,
  keyIdBytes,
  keyIdText,
  keyTextBytesMax,
  passwordBytesMax,
  printBase64,
  readBase64,
  readComment,
  readLines,
  untrustedCommentBytesMax,
  untrustedPrefix,
} from './text.ts';

/** How a secret key is protected. */
export interface SecretKeyProtection {
  readonly password: string;
  readonly random: RandomBytes;
  /** What minisign takes where absent. */
  readonly limits?: ScryptLimits;
}

const algorithm = 'Ed';
const checksumAlgorithm = 'B2';
const scryptAlgorithm = 'Sc';
const noAlgorithm = '\0\0';
/** Where the 104 bytes begin. */
const boxOffset = 2 + 2 + 2 + 32 + 8 + 8;
const boxBytes = 8 + 64 + 32;
const size = boxOffset + boxBytes;

/**
 * The text of a `.key` file; without protection the secret is in it as it is.
 * @throws {CodedError} `KEY_INVALID` for a password that minisign could not be given, `MEMORY_EXCEEDED`.
 */
export async function encodeSecretKey(key: SecretKey, protection?: SecretKeyProtection): Promise<string> {
  const bytes = Buffer.alloc(size);
  bytes.set(algorithmBytes(algorithm), 0);
  bytes.set(algorithmBytes(checksumAlgorithm), 4);
  const box = bytes.subarray(boxOffset);
  const secret = key.secretBytes();
  box.set(keyIdBytes(key.publicKey.keyId), 0);
  box.set(secret, 8);
  secret.fill(0);
  box.set(checksumOf(box), 72);
  if (protection !== undefined) await protect(bytes, protection);
  const text = `${untrustedPrefix}minisign ${protection ? 'encrypted' : 'unencrypted'} secret key\n${printBase64(bytes)}\n`;
  bytes.fill(0);
  return text;
}

async function protect(
  bytes: Buffer,
  { password, random, limits = scryptSensitive }: SecretKeyProtection,
): Promise<void> {
  checkPassword(password);
  const salt = random(32);
  bytes.set(algorithmBytes(scryptAlgorithm), 2);
  bytes.set(salt, 6);
  bytes.writeBigUInt64LE(limits.operations, 38);
  bytes.writeBigUInt64LE(limits.memory, 46);
  await cross(bytes, password, limits);
}

function checkPassword(password: string): void {
  const length = Buffer.byteLength(password);
  if (length === 0) throw passwordRefused('the password is empty');
  if (length > passwordBytesMax) throw passwordRefused(`the password has more than ${passwordBytesMax} bytes`);
  if (/[\0\r\n]/.test(password)) throw passwordRefused('the password has a line end or a zero in it');
}

/** XORs the 104 bytes with what the password gives: the same step locks and unlocks. */
async function cross(bytes: Buffer, password: string, limits: ScryptLimits): Promise<void> {
  const stream = await deriveBytes(password, bytes.subarray(6, 38), { limits, length: boxBytes });
  for (const [index, value] of stream.entries()) bytes[boxOffset + index] = (bytes[boxOffset + index] ?? 0) ^ value;
  stream.fill(0);
}

/** Whether the text is of a key with a password. @throws {CodedError} `KEY_INVALID`. */
export function isEncrypted(text: string, shown?: string): boolean {
  return readKey(text, (state) => secretKeyInvalid(shown, state)).encrypted;
}

/**
 * Reads the text of a `.key` file. `password`: of a key that has one. `shown`: where it is from, for messages.
 * @throws {CodedError} `KEY_INVALID`, `KEY_PASSWORD_WRONG`, `MEMORY_EXCEEDED`.
 */
export async function decodeSecretKey(
  text: string,
  { password, shown }: { readonly password?: string | undefined; readonly shown?: string } = {},
): Promise<SecretKey> {
  const refuse = (state: string) => secretKeyInvalid(shown, state);
  const { bytes, encrypted } = readKey(text, refuse);
  if (encrypted) {
    if (password === undefined) throw passwordMissing(shown);
    await cross(bytes, password, readLimits(bytes, refuse));
  }
  const box = bytes.subarray(boxOffset);
  const checksum = box.subarray(72);
  // minisign leaves the checksum of a key that never had a password empty, and does not look at it.
  const unchecked = !encrypted && checksum.every((byte) => byte === 0);
  if (!unchecked && !timingSafeEqual(checksum, checksumOf(box)))
    throw encrypted ? passwordWrong(shown) : refuse('its checksum does not fit');
  const key = new SecretKey(keyIdText(box.subarray(0, 8)), box.subarray(8, 40));
  const fits = Buffer.from(key.publicKey.bytes).equals(box.subarray(40, 72));
  bytes.fill(0);
  if (!fits) throw refuse('its public half is not of its secret one');
  return key;
}

function readKey(text: string, refuse: Refuse): { readonly bytes: Buffer; readonly encrypted: boolean } {
  const [comment = '', line = ''] = readLines(text, { count: 2, bytesMax: keyTextBytesMax }, refuse);
  readComment(comment, { prefix: untrustedPrefix, bytesMax: untrustedCommentBytesMax }, refuse);
  const bytes = Buffer.from(readBase64(line, size, refuse));
  if (algorithmText(bytes.subarray(0, 2)) !== algorithm) throw refuse('it is not a key of Ed25519');
  if (algorithmText(bytes.subarray(4, 6)) !== checksumAlgorithm) throw refuse('its kind of checksum is not known');
  const derivation = algorithmText(bytes.subarray(2, 4));
  if (derivation !== scryptAlgorithm && derivation !== noAlgorithm)
    throw refuse('how its password protects it is not known');
  return { bytes, encrypted: derivation === scryptAlgorithm };
}

function readLimits(bytes: Buffer, refuse: Refuse): ScryptLimits {
  const limits = { operations: bytes.readBigUInt64LE(38), memory: bytes.readBigUInt64LE(46) };
  if (limits.operations > scryptSensitive.operations || limits.memory > scryptSensitive.memory)
    throw refuse('its password takes more work or memory than any key of minisign');
  return limits;
}

function checksumOf(box: Uint8Array): Uint8Array {
  return blake2b(Buffer.concat([algorithmBytes(algorithm), box.subarray(0, 72)]), { dkLen: 32 });
}
