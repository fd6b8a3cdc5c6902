/** The body of a request: how it is framed, how large it is, and what is in it. */
import type { IncomingMessage } from 'node:http';
import { CodedError } from '#wit/errors';
import { abiForm, textForm } from '#wit/values';
import type { ByteLedger } from './byte-ledger.ts';
import type { RequestBody } from './bytes.ts';
import { requestInvalid, tooLarge, tooMany } from './errors.ts';
import { decodeFrame, frameType } from './frame.ts';
import type { IccLimits } from './limits.ts';
import { parseStrictJson } from './strict-json.ts';

const typeRemedy = `Send content-type application/json, or ${frameType}`;

/** Whether a request is a frame. @throws {CodedError} `REQUEST_INVALID` for a content type that is neither JSON nor a frame. */
export function isFrame({ headers }: IncomingMessage): boolean {
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  if (type === frameType && parameters.length === 0) return true;
  const charset = parameters.every((parameter) => /^charset="?utf-8"?$/.test(parameter));
  if (type === 'application/json' && charset) return false;
  throw requestInvalid('the header "content-type"', 'is neither JSON in UTF-8 nor a frame', { remedy: typeRemedy });
}

/** What reading a body needs. */
export interface BodyReading {
  readonly limits: IccLimits;
  readonly incoming: ByteLedger;
  readonly signal: AbortSignal;
}

/** Reads a body to its end. @throws {CodedError} `REQUEST_INVALID`, `MESSAGE_TOO_LARGE`, `OVERLOADED`. */
export async function readBody(request: IncomingMessage, reading: BodyReading): Promise<RequestBody> {
  const frame = isFrame(request);
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw requestInvalid('the header "content-encoding"', 'is not "identity"', { remedy: 'Send the body as it is' });
  const bytesMax = frame ? reading.limits.frameBytesMax : reading.limits.jsonBytesMax;
  const bytes = await readBytes(request, bytesMax, reading);
  if (!frame) return { json: parseStrictJson(bytes, 'the body'), form: textForm };
  const { body, blobs } = decodeFrame(bytes);
  return { json: body, form: abiForm([...blobs]) };
}

async function readBytes(
  request: IncomingMessage,
  bytesMax: number,
  { limits, incoming, signal }: BodyReading,
): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > bytesMax) throw tooLarge('the body', bytesMax);
  const pieces: Buffer[] = [];
  let held = 0;
  try {
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      if (held + piece.length > bytesMax) throw tooLarge('the body', bytesMax);
      if (!incoming.take(piece.length)) throw tooMany('bytes of bodies are being read', limits.heldBytesMax);
      held += piece.length;
      pieces.push(piece);
    }
    return Buffer.concat(pieces, held);
  } catch (error) {
    request.pause();
    throw error instanceof CodedError ? error : requestInvalid('the body', 'ends too early');
  } finally {
    incoming.give(held);
  }
}
