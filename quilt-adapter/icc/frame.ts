/**
 * The content type `application/x-aria-frame`: JSON with bytes beside it, for those who send more bytes than base64 is good for.
 *
 *     u32, little-endian: length of the head | head: {"body": <JSON>, "blobs": [<length>, …]} | the blobs, one after the other
 *
 * In `body` a blob is `{"$blob": n}`, named at most once. Nothing follows the last blob.
 */
import { requestInvalid, tooLarge } from './errors.ts';
import { formLimits } from './limits.ts';
import { parseStrictJson } from './strict-json.ts';

/** The content type. */
export const frameType = 'application/x-aria-frame';

const prefixBytes = 4;

/** JSON with the bytes that it names. */
export interface Frame {
  readonly body: unknown;
  readonly blobs: readonly Uint8Array[];
}

/** Writes a frame. */
export function encodeFrame({ body, blobs }: Frame): Buffer {
  const head = Buffer.from(JSON.stringify({ body, blobs: blobs.map(({ length }) => length) }));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32LE(head.length);
  return Buffer.concat([prefix, head, ...blobs]);
}

/** Reads a frame; its blobs are copies. @throws {CodedError} `REQUEST_INVALID`, `MESSAGE_TOO_LARGE`. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.length < prefixBytes) throw frameInvalid('is shorter than its length');
  const headBytes = whole.readUInt32LE();
  if (headBytes > formLimits.frameJsonBytesMax) throw tooLarge('the JSON of the frame', formLimits.frameJsonBytesMax);
  if (headBytes > whole.length - prefixBytes) throw frameInvalid('ends within its head');
  const start = prefixBytes + headBytes;
  const { body, lengths } = headOf(parseStrictJson(whole.subarray(prefixBytes, start), 'the head of the frame'));
  const blobBytes = lengths.reduce((sum, length) => sum + length, 0);
  if (blobBytes > formLimits.blobBytesMax) throw tooLarge('the blobs of the frame', formLimits.blobBytesMax);
  if (blobBytes !== whole.length - start) throw frameInvalid('is not as long as its blobs say');
  let at = start;
  const blobs = lengths.map((length) => {
    at += length;
    // A copy: whoever keeps a blob must not keep the frame.
    return new Uint8Array(whole.subarray(at - length, at));
  });
  return { body, blobs };
}

function headOf(json: unknown): { readonly body: unknown; readonly lengths: readonly number[] } {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw frameInvalid('has a head that is no object');
  const { body, blobs = [], ...others } = json as Readonly<Record<string, unknown>>;
  if (body === undefined) throw frameInvalid('has no "body" in its head');
  const [other] = Object.keys(others);
  if (other !== undefined) throw frameInvalid(`has ${JSON.stringify(other.slice(0, 64))} in its head`);
  if (!Array.isArray(blobs) || blobs.length > formLimits.blobsMax || !blobs.every(isLength))
    throw frameInvalid(`has "blobs" that are no list of at most ${formLimits.blobsMax} lengths`);
  return { body, lengths: blobs };
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function frameInvalid(state: string): Error {
  return requestInvalid('the frame', state, {
    remedy: 'Send the length of the head as u32 little-endian, the head {"body": …, "blobs": [lengths]}, and the blobs',
  });
}
